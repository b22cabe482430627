/** One journey: drawn, rehearsed and watched. */
import { Container } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { lazy, Suspense, useEffect, useMemo, useState } from 'react'
import type { Draft } from '#server/contract/drafts.ts'
import { useMay } from '../sign-in/session-gate.tsx'
import { useAddress, withParameter } from '../ui/route.tsx'
import { Failure, Loading } from '../ui/states.tsx'
import { EditorCanvas } from './canvas/editor-canvas.tsx'
import { keepTidy } from './canvas/keep-tidy.ts'
import { Palette } from './canvas/palette.tsx'
import { CatalogueNotice } from './catalogue-notice.tsx'
import type { Catalogue } from './catalogue.ts'
import { EditorDrawer } from './editor-drawer.tsx'
import { EditingParts } from './editing-parts.tsx'
import { EditorProvider } from './editor-context.tsx'
import { useDraft, useStepCatalogue } from './editor-queries.ts'
import classes from './editor.module.css'
import { EditorTopBar } from './editor-top-bar.tsx'
import { JourneyStreamProvider } from './journey-stream.tsx'
import inspectorClasses from './inspector/inspector.module.css'
import { useWidth } from './inspector/width.tsx'
import { createMarks } from './marks.ts'
import { useEditorMode } from './modes.ts'
import { Presence } from './presence/presence.tsx'
import { ProblemsProvider } from './problems/problems-provider.tsx'
import { PublishSheets } from './publish/publish-controls.tsx'
import { isNewerFormat, NewerFormat } from './saving/newer-format.tsx'
import { openDraft } from './saving/open-draft.ts'
import { SavingBanner } from './saving/saving-banner.tsx'
import { SavingProvider } from './saving/saving-context.tsx'
import { useJournal, type OpenedJournal } from './saving/use-journal.ts'
import type { EditorStore } from './store.ts'

// The canvas is drawn without waiting for what stands beside it or belongs to another mode.
const Inspector = lazy(async () => {
  const { Inspector: inspector } = await import('./inspector/inspector.tsx')
  return { default: inspector }
})
const PhoneJourney = lazy(async () => {
  const { PhoneJourney: journey } = await import('./outline/phone-journey.tsx')
  return { default: journey }
})
const SimulateDock = lazy(async () => {
  const { SimulateDock: dock } = await import('./simulate/simulate-mode.tsx')
  return { default: dock }
})
const SimulatePanel = lazy(async () => {
  const { SimulatePanel: panel } = await import('./simulate/simulate-mode.tsx')
  return { default: panel }
})
const LiveMode = lazy(async () => {
  const { LiveMode: mode } = await import('./live/live-mode.tsx')
  return { default: mode }
})

/** Opens a journey's draft. Until it and the catalogue are there nothing can be edited, so nothing can be lost. */
export function EditorScreen({ journeyKey }: { journeyKey: string }) {
  const draft = useDraft(journeyKey)
  const { catalogue, error, refetch } = useStepCatalogue()
  if (draft.data !== undefined && isNewerFormat(draft.data)) return <NewerFormat draft={draft.data} />
  if (draft.data !== undefined && catalogue !== null) {
    return <OpenJourney key={draft.data.id} draft={draft.data} catalogue={catalogue} />
  }
  const failure = draft.error ?? error
  return (
    <Container size={1280} w="100%" py={20}>
      {failure === null ? (
        <Loading rows={6} height={48} />
      ) : (
        <Failure
          error={failure}
          onRetry={() => {
            void draft.refetch()
            refetch()
          }}
        />
      )}
    </Container>
  )
}

/** What this browser has kept of an earlier visit is looked for before anything is shown. */
function OpenJourney({ draft, catalogue }: { draft: Draft; catalogue: Catalogue }) {
  const journal = useJournal(draft.id)
  return journal === null ? null : <Editor draft={draft} catalogue={catalogue} journal={journal} />
}

function Editor({ draft, catalogue, journal }: { draft: Draft; catalogue: Catalogue; journal: OpenedJournal }) {
  const [opened] = useState(() => openDraft(draft, journal, keepTidy(catalogue)))
  const { store } = opened
  const marks = useMemo(createMarks, [])
  const mayEdit = useMay('journeys:write')
  const mode = useEditorMode(mayEdit)
  const isPhone = useMediaQuery('(max-width: 767px)', undefined, { getInitialValueInEffect: false })
  const isEditable = mayEdit && mode === 'build' && !isPhone
  useEffect(() => store.setEditable(isEditable), [store, isEditable])
  useSelectionInAddress(store, mode !== 'live')
  return (
    <JourneyStreamProvider journey={draft.id}>
      <EditorProvider store={store} catalogue={catalogue} marks={marks}>
        <SavingProvider opened={opened}>
          <ProblemsProvider>
            <div className={classes['screen']} data-mode={mode}>
              <EditorTopBar mode={mode} mayEdit={mayEdit} />
              <SavingBanner />
              <CatalogueNotice />
              {mode === 'live' ? (
                <Suspense fallback={<Loading rows={6} height={48} />}>
                  <LiveMode />
                </Suspense>
              ) : isPhone ? (
                <Suspense fallback={<Loading rows={6} height={48} />}>
                  <PhoneJourney />
                </Suspense>
              ) : (
                <div className={classes['body']}>
                  {mode === 'build' ? <Palette /> : null}
                  <div className={classes['middle']}>
                    <div className={classes['canvas']}>
                      <EditorCanvas />
                      <EditingParts />
                    </div>
                    <Suspense fallback={null}>{mode === 'simulate' ? <SimulateDock /> : <EditorDrawer />}</Suspense>
                  </div>
                  {mode === 'build' ? (
                    <Suspense fallback={<InspectorPlace />}>
                      <Inspector />
                    </Suspense>
                  ) : null}
                  <Suspense fallback={null}>{mode === 'simulate' ? <SimulatePanel /> : null}</Suspense>
                </div>
              )}
            </div>
            <PublishSheets />
            <Presence />
          </ProblemsProvider>
        </SavingProvider>
      </EditorProvider>
    </JourneyStreamProvider>
  )
}

/** Keeps the inspector's room, so that nothing jumps when it comes. */
function InspectorPlace() {
  const { width, isOpen } = useWidth()
  return isOpen ? <div className={inspectorClasses['inspector']} style={{ width }} /> : null
}

/**
 * `?step=` and the selection are one: a link to a step selects it, selecting writes it without a step back. Live shows
 * another version than the draft, with steps the draft may not have, and keeps the parameter itself.
 */
function useSelectionInAddress(store: EditorStore, isOn: boolean): void {
  const step = useAddress().searchParams.get('step')
  useEffect(() => {
    if (isOn && step !== null && store.getState().selection.at(-1) !== step) store.select([step])
  }, [store, step, isOn])
  useEffect(
    () =>
      store.subscribe(({ selection }, before) => {
        if (!isOn || selection === before.selection) return
        const next = withParameter(new URL(location.href), 'step', selection.at(-1) ?? null)
        if (next !== `${location.pathname}${location.search}`) history.replaceState(history.state, '', next)
      }),
    [store, isOn],
  )
}
