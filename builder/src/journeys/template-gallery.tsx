/** Journeys to begin with, drawn. A card opens a preview in the place of the cards; only "Use" makes a draft. */
import { Modal, Text, UnstyledButton } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { lazy, Suspense, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { JourneyTemplate } from '#server/contract/journey-files.ts'
import { goTo, useAddress, withParameter } from '../ui/route.tsx'
import { Empty, Loaded, Loading } from '../ui/states.tsx'
import classes from './board.module.css'
import { useImportJourney, useJourneyTemplates } from './journey-board-queries.ts'
import { Picture } from './picture.tsx'

const TemplatePreview = lazy(async () => ({ default: (await import('./template-preview.tsx')).TemplatePreview }))

/** Which one is looked at is in the address: `?template=friday-sampler`. */
export function TemplateGallery(props: { onClose: () => void } | { isInline: true }) {
  const { t } = useTranslation()
  const isNarrow = useMediaQuery('(max-width: 767px)', undefined, { getInitialValueInEffect: false })
  if ('isInline' in props) return <Gallery />
  return (
    <Modal opened onClose={props.onClose} title={t('Begin from a template')} size={1160} fullScreen={isNarrow} centered>
      <Gallery />
    </Modal>
  )
}

function Gallery() {
  const { t } = useTranslation()
  const address = useAddress()
  const templates = useJourneyTemplates(true)
  const take = useImportJourney()
  const shown = address.searchParams.get('template')
  const show = (key: string | null) => {
    take.reset()
    goTo(withParameter(address, 'template', key))
  }
  const use = ({ file }: JourneyTemplate) =>
    take.mutate({ file, onExisting: 'copy' }, { onSuccess: ({ key }) => goTo(`/journeys/${key}`) })
  return (
    <Loaded query={templates} rows={3}>
      {({ items }) => {
        const template = items.find(({ key }) => key === shown)
        if (shown === null) return <Cards items={items} onShow={show} />
        if (template === undefined) {
          return (
            <>
              <Empty title={t('There is no such template')}>
                {t('It was removed, or the address is not right. Choose another one.')}
              </Empty>
              <Cards items={items} onShow={show} />
            </>
          )
        }
        return (
          <Suspense fallback={<Loading rows={6} />}>
            <TemplatePreview
              template={template}
              isUsing={take.isPending}
              problem={take.error}
              onUse={() => use(template)}
              onBack={() => show(null)}
            />
          </Suspense>
        )
      }}
    </Loaded>
  )
}

/** The card one comes back from has the focus again. */
let left: string | null = null

function Cards({ items, onShow }: { items: readonly JourneyTemplate[]; onShow: (key: string) => void }) {
  const { t } = useTranslation()
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (left !== null) list.current?.querySelector<HTMLElement>(`[data-template="${CSS.escape(left)}"]`)?.focus()
    left = null
  }, [])
  return (
    <div ref={list} className={classes['gallery']}>
      {items.map((template) => (
        <UnstyledButton
          key={template.key}
          className={classes['template']}
          data-template={template.key}
          onClick={() => {
            left = template.key
            onShow(template.key)
          }}
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
  )
}
