/** Opens this browser's journal for a journey before its editor is shown. */
import { useEffect, useState } from 'react'
import { useSession } from '../../sign-in/session.ts'
import { createJournal, openJournalDatabase, type Journal, type Kept } from './journal.ts'
import { takeSlot, type Slot } from './slots.ts'

export interface OpenedJournal {
  /** Null when this browser keeps nothing. */
  journal: Journal | null
  /** What an earlier visit left. */
  kept: Kept | null
  /** The record is let go no earlier than this has ended. */
  holdFor: (work: Promise<unknown>) => void
  /** Lets another page have the record. */
  release: () => void
}

const nothing: OpenedJournal = { journal: null, kept: null, holdFor: () => undefined, release: () => undefined }

/** A browser whose database hangs must not keep anybody from working. */
const longestMs = 3000

/** Null until it is open. Whoever takes it releases it. */
export function useJournal(journeyId: string): OpenedJournal | null {
  const { data: session } = useSession()
  // What one person has not saved is not shown to the next at the same machine.
  const owner = `${session?.userKey ?? session?.kind ?? 'nobody'} ${journeyId}`
  const [opened, setOpened] = useState<OpenedJournal | null>(null)
  useEffect(() => {
    let isWanted = true
    let release: (() => void) | null = null
    const late = setTimeout(() => {
      if (isWanted) setOpened((before) => before ?? nothing)
    }, longestMs)
    void openJournal(owner)
      .catch(() => nothing)
      .then((journal) => {
        if (!isWanted) {
          journal.release()
          return
        }
        release = journal.release
        setOpened((before) => before ?? journal)
      })
    return () => {
      isWanted = false
      clearTimeout(late)
      release?.()
      setOpened(null)
    }
  }, [owner])
  return opened
}

async function openJournal(owner: string): Promise<OpenedJournal> {
  const db = await openJournalDatabase()
  const works: Promise<unknown>[] = []
  let slot: Slot | null = null
  const letGo = () => {
    slot?.release()
    db.close()
  }
  try {
    slot = await takeSlot(db, owner, Date.now())
    if (slot === null) {
      db.close()
      return nothing
    }
    const journal = createJournal(db, { key: slot.key, owner })
    return {
      journal,
      kept: await journal.read(),
      holdFor: (work) => void works.push(work),
      // Parts of the page that end together end in no order to rely on; the last save is told of a moment later.
      release: () => void setTimeout(() => void Promise.allSettled(works).then(letGo)),
    }
  } catch (error) {
    letGo()
    throw error
  }
}
