/** What a template works with, and what of it is there already. */
import { Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { JourneyFile } from '#engine/graph/journey-file.ts'
import type { Library } from '#engine/library.ts'
import classes from './preview.module.css'

/** A pool of a hundred is not read here. */
const mostNamed = 8

interface Need {
  key: string
  name: string
  /** Under this key there is one, and the journey will use that. */
  isThere: boolean
}

export function TemplateNeeds({ file, library }: { file: JourneyFile; library: Library | undefined }) {
  const { t } = useTranslation()
  const { resources, graph } = file
  const look = (kind: keyof JourneyFile['resources'], list: readonly { key: string; name: string }[]): Need[] =>
    list.map((entry) => ({ ...entry, isThere: library !== undefined && Object.hasOwn(library[kind], entry.key) }))
  const titled = (list: readonly { key: string; title: string }[]) =>
    list.map(({ key, title }) => ({ key, name: title }))
  const tags = [...new Set(graph.nodes.flatMap(tagOf))].map((tag) => ({ key: tag, name: tag, isThere: false }))
  const groups = [
    { label: t('Assets'), needs: look('assets', titled(resources.assets)) },
    { label: t('Asset pools'), needs: look('pools', resources.pools) },
    { label: t('Surveys'), needs: look('surveys', titled(resources.surveys)) },
    { label: t('Forms'), needs: look('forms', titled(resources.forms)) },
    { label: t('Segments'), needs: look('segments', resources.segments) },
    {
      label: t('Lead fields'),
      needs: look(
        'fields',
        resources.fields.map(({ key, label }) => ({ key, name: label })),
      ),
    },
    { label: t('Tags'), needs: tags },
  ].filter(({ needs }) => needs.length > 0)
  if (groups.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t('Nothing beside its steps.')}
      </Text>
    )
  }
  return (
    <>
      <dl className={classes['needs']}>
        {groups.map(({ label, needs }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{listed(needs)}</dd>
          </div>
        ))}
      </dl>
      <Text size="xs" c="dimmed" mt={6}>
        {groups.some(({ needs }) => needs.some(({ isThere }) => isThere))
          ? t('What is marked ✓ you have: it stays as it is and is used. The rest comes with the template.')
          : t('All of it comes with the template.')}
      </Text>
    </>
  )

  function listed(needs: readonly Need[]): string {
    const named = needs.slice(0, mostNamed).map(({ name, isThere }) => (isThere ? `✓ ${name}` : name))
    const more = needs.length - named.length
    return [...named, ...(more > 0 ? [t('and {{count}} more', { count: more })] : [])].join(' · ')
  }
}

function tagOf({ type, config }: JourneyFile['graph']['nodes'][number]): string[] {
  const tag = type === 'add_tag' || type === 'remove_tag' ? config['tag'] : undefined
  return typeof tag === 'string' && tag !== '' ? [tag] : []
}
