/** Saving, for everything inside the editor. */
import { notifications } from '@mantine/notifications'
import { createContext, use, useEffect, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import { getDraft, saveDraft } from '#server/contract/drafts.ts'
import { ApiError, call } from '../../api/client.ts'
import { useJourneyEvent } from '../journey-stream.tsx'
import { formatClock } from './clock.ts'
import type { OpenedDraft } from './open-draft.ts'
import { theirDraft } from './same-content.ts'
import { createSaver, type Saver, type Saving } from './saver.ts'

/** A server that takes longer is away. */
const patienceMs = 20_000

const SavingContext = createContext<Saver | null>(null)

export function useSaver(): Saver {
  const saver = use(SavingContext)
  if (saver === null) throw new Error('Saving needs an open journey around it.')
  return saver
}

/** A part of how saving stands; draws again only when that part changes. */
export function useSaving<Part>(select: (saving: Saving) => Part): Part {
  return useStore(useSaver().state, select)
}

/** Saves for as long as it is shown, and tells of what a person should know. */
export function SavingProvider({ opened, children }: { opened: OpenedDraft; children: ReactNode }) {
  const [saver] = useState(() => createSaverOf(opened))
  const { journal } = opened
  useEffect(() => {
    const stop = saver.start()
    const comeBack = () => {
      if (saver.state.getState().state.kind === 'unreachable') saver.saveNow()
    }
    // The browser asks only while closing the page would lose something: not saved, and not in this browser either.
    const guard = (event: BeforeUnloadEvent) => {
      if (!saver.state.getState().isKept) event.preventDefault()
    }
    addEventListener('online', comeBack)
    addEventListener('beforeunload', guard)
    return () => {
      removeEventListener('online', comeBack)
      removeEventListener('beforeunload', guard)
      journal.holdFor(stop())
    }
  }, [saver, journal])
  return (
    <SavingContext value={saver}>
      <Told opened={opened} />
      {children}
    </SavingContext>
  )
}

function createSaverOf({ store, restored, journal }: OpenedDraft): Saver {
  const { id: journey } = store.getState().journey
  return createSaver({
    store,
    journal: journal.journal,
    conflict: restored.kind === 'conflict' ? restored.theirs : null,
    save: ({ name, description, document }, baseRevision) =>
      call(
        saveDraft,
        { params: { journey }, body: { baseRevision, name, description, ...document } },
        AbortSignal.timeout(patienceMs),
      ),
    load: async () => theirDraft(await call(getDraft, { params: { journey } }, AbortSignal.timeout(patienceMs))),
    problemOf: (error) => (error instanceof ApiError ? error.problem : null),
  })
}

/** What the stream says goes to the saver and the store; what happened to one's own draft is said in words. */
function Told({ opened: { store, restored } }: { opened: OpenedDraft }) {
  const { t } = useTranslation()
  const saver = useSaver()
  const draft = useJourneyEvent('draft')
  const version = useJourneyEvent('version')
  const takenOver = useSaving((saving) => saving.takenOver)
  useEffect(() => {
    if (draft !== undefined) saver.noteRevision(draft.revision, draft.savedBy?.name ?? null)
  }, [saver, draft])
  useEffect(() => {
    if (version !== undefined) store.setJourney({ status: version.status, liveVersion: version.liveVersion })
  }, [store, version])
  useEffect(() => {
    if (restored.kind !== 'unsaved' && restored.kind !== 'conflict') return
    notifications.show({
      id: 'draft-restored',
      title: t('Nothing was lost'),
      message: t('Your changes of {{time}} had not been saved. They are back.', {
        time: formatClock(new Date(restored.writtenAt).toISOString()),
      }),
    })
  }, [restored, t])
  useEffect(() => {
    if (takenOver === null) return
    notifications.show({
      id: 'draft-taken-over',
      message:
        takenOver.by === null
          ? t('This journey was saved elsewhere. You see it as it is now.')
          : t('{{name}} saved this journey. You see it as it is now.', { name: takenOver.by }),
    })
  }, [takenOver, t])
  return null
}
