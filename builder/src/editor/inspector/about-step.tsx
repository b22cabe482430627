/** What a step does, from the catalogue: the same words as in docs/steps.md. */
import { Badge, Modal, Stack, Text } from '@mantine/core'
import { planForm } from '../../forms/plan.ts'
import { t } from '../../i18n/t.ts'
import { useCatalogue } from '../editor-context.tsx'
import classes from './inspector.module.css'

export function AboutStep({ type, onClose }: { type: string; onClose: () => void }) {
  const manifest = useCatalogue().manifest(type)
  if (manifest === undefined) return null
  const settings = planForm(manifest.config).fields.filter(({ widget }) => widget !== 'hidden')
  return (
    <Modal opened onClose={onClose} title={manifest.title} size={560}>
      <Stack gap={16}>
        <Text size="sm">{manifest.description}</Text>
        {manifest.isCustom ? (
          <div>
            <Badge variant="outline">{t('custom')}</Badge>
          </div>
        ) : null}
        {settings.length === 0 ? null : (
          <dl className={classes['facts']}>
            {settings.map(({ key, title, description }) => (
              <div key={key} style={{ display: 'contents' }}>
                <dt>{title}</dt>
                <dd>{description}</dd>
              </div>
            ))}
          </dl>
        )}
        <Text size="xs" c="dimmed">
          {t('In files: {{type}}, version {{version}}', { type, version: manifest.version })}
        </Text>
      </Stack>
    </Modal>
  )
}
