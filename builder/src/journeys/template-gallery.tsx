import { Alert, Modal, Text, UnstyledButton } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { JourneyTemplate } from '#server/contract/journey-files.ts'
import { goTo } from '../ui/route.tsx'
import { Loaded } from '../ui/states.tsx'
import classes from './board.module.css'
import { useImportJourney, useJourneyTemplates } from './journey-board-queries.ts'
import { Picture } from './picture.tsx'

/** Journeys that work, drawn; a click makes a draft of one and opens it. */
export function TemplateGallery(props: { onClose: () => void } | { isInline: true }) {
  const { t } = useTranslation()
  if ('isInline' in props) return <Gallery />
  return (
    <Modal opened onClose={props.onClose} title={t('Begin from a template')} size="xl" centered>
      <Gallery />
    </Modal>
  )
}

function Gallery() {
  const { t } = useTranslation()
  const templates = useJourneyTemplates(true)
  const take = useImportJourney()
  const use = ({ file }: JourneyTemplate) =>
    take.mutate({ file, onExisting: 'copy' }, { onSuccess: ({ key }) => goTo(`/journeys/${key}`) })
  return (
    <>
      {take.error === null ? null : (
        <Alert color="red" variant="light" mb={12} role="alert">
          {take.error.message}
        </Alert>
      )}
      <Loaded query={templates} rows={3}>
        {({ items }) => (
          <div className={classes['gallery']}>
            {items.map((template) => (
              <UnstyledButton
                key={template.key}
                className={classes['template']}
                disabled={take.isPending}
                onClick={() => use(template)}
              >
                <Picture svg={template.picture} className={classes['large'] ?? ''} />
                <Text fw={600} size="sm">
                  {template.name}
                </Text>
                <Text size="xs" c="dimmed">
                  {template.description}
                </Text>
                <Text size="xs" c="dimmed" mt="auto">
                  {t('{{count}} steps', { count: template.steps })}
                </Text>
              </UnstyledButton>
            ))}
          </div>
        )}
      </Loaded>
    </>
  )
}
