/** Journeys to begin with, drawn. A card opens a preview in the place of the cards; only "Use" makes a draft. */
import { Modal, Stack, Text, Title, UnstyledButton } from '@mantine/core'
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
  const templates = useJourneyTemplates()
  const take = useImportJourney()
  const shown = address.searchParams.get('template')
  const show = (id: string | null) => {
    take.reset()
    goTo(withParameter(address, 'template', id))
  }
  const use = ({ file }: JourneyTemplate) =>
    take.mutate({ file, onExisting: 'copy', keepResources: true }, { onSuccess: ({ key }) => goTo(`/journeys/${key}`) })
  return (
    <Loaded query={templates} rows={3}>
      {({ items }) => {
        const template = items.find(({ id }) => id === shown)
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

function Cards({ items, onShow }: { items: readonly JourneyTemplate[]; onShow: (id: string) => void }) {
  const { t } = useTranslation()
  const lists = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (left !== null) lists.current?.querySelector<HTMLElement>(`[data-template="${CSS.escape(left)}"]`)?.focus()
    left = null
  }, [])
  const show = (id: string) => {
    left = id
    onShow(id)
  }
  const own = items.filter(({ saved }) => saved !== null)
  const shipped = items.filter(({ saved }) => saved === null)
  return (
    <Stack ref={lists} gap={20}>
      {own.length === 0 ? null : <CardList title={t('Your templates')} items={own} onShow={show} />}
      <CardList title={own.length === 0 ? null : t('From Trellis')} items={shipped} onShow={show} />
    </Stack>
  )
}

interface CardListProps {
  /** Null: there is but one list. */
  title: string | null
  items: readonly JourneyTemplate[]
  onShow: (id: string) => void
}

function CardList({ title, items, onShow }: CardListProps) {
  const { t } = useTranslation()
  return (
    <section {...(title === null ? {} : { 'aria-label': title })}>
      {title === null ? null : (
        <Title order={2} size="h3" mb={8}>
          {title}
        </Title>
      )}
      <div className={classes['gallery']}>
        {items.map((template) => (
          <UnstyledButton
            key={template.id}
            className={classes['template']}
            data-template={template.id}
            onClick={() => onShow(template.id)}
          >
            <Picture svg={template.picture} className={classes['large'] ?? ''} />
            <Text fw={600} size="sm">
              {template.name}
            </Text>
            <Text size="xs" c="dimmed" lineClamp={9}>
              {template.description}
            </Text>
            <Text size="xs" c="dimmed" mt="auto">
              {t('{{count}} steps', { count: template.steps })}
              {template.saved === null ? null : ` · ${template.saved.by}`}
            </Text>
          </UnstyledButton>
        ))}
      </div>
    </section>
  )
}
