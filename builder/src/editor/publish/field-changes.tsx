/** The settings of one step that differ, before and after, word by word. */
import { Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { SpokenChange } from './field-words.ts'
import classes from './publish.module.css'
import { diffWords, type WordPart } from './word-diff.ts'

export function FieldChanges({
  name,
  fields,
  labels,
}: {
  name: string
  fields: readonly SpokenChange[]
  labels: { before: string; after: string }
}) {
  const { t } = useTranslation()
  return (
    <div className={classes['fields']} role="region" aria-label={t('What changes in “{{name}}”', { name })}>
      <table className={classes['fieldTable']}>
        <thead>
          <tr>
            <th scope="col">{name}</th>
            <th scope="col">{labels.before}</th>
            <th scope="col">{labels.after}</th>
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => {
            const parts = diffWords(field.before, field.after)
            return (
              <tr key={field.label}>
                <th scope="row">{field.label}</th>
                <td>
                  <Words parts={parts} hidden="added" />
                </td>
                <td>
                  <Words parts={parts} hidden="removed" />
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

function Words({ parts, hidden }: { parts: readonly WordPart[]; hidden: WordPart['kind'] }) {
  return (
    <Text component="span" size="sm" className={classes['words'] ?? ''}>
      {parts
        .filter(({ kind }) => kind !== hidden)
        .map(({ text, kind }, index) =>
          kind === 'same' ? (
            <span key={index}>{text}</span>
          ) : kind === 'removed' ? (
            <del key={index}>{text}</del>
          ) : (
            <ins key={index}>{text}</ins>
          ),
        )}
    </Text>
  )
}
