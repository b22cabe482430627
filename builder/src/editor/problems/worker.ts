/** Checks journeys beside the page, so that typing never waits for it. */
import { z } from 'zod'
import { createAnswers } from './answer.ts'
import type { ToWorker } from './protocol.ts'

// The page's policy forbids code made from text, here as everywhere.
z.config({ jitless: true })

const answer = createAnswers()

self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  const message = answer(data)
  if (message !== null) self.postMessage(message, { transfer: [] })
})
