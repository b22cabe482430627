/** What a rehearsal keeps while it is played. */
import type { Instant, Json } from '../facts.ts'
import type { StepType } from '../steps/contract.ts'
import type { LeadInput, TurnInput } from '../turn/inputs.ts'
import type { LiveEnrollment } from '../turn/live-enrollment.ts'
import type { TurnSession } from '../turn/session.ts'
import type { TaskEnd } from '../vocabulary.ts'
import { createAgenda, type Agenda } from './agenda.ts'
import type { Letter } from './post-box.ts'
import { standingOf, type Standing } from './triggers.ts'
import type { SimulatedLine, SimulatedStep, SimulatedTask, SimulationInput } from './types.ts'

/** A task under way, with what the log does not show. */
interface OpenTask {
  live: LiveEnrollment
  key: string
  task: SimulatedTask
  closeOn: readonly TaskEnd[]
}

export interface Rehearsal {
  input: SimulationInput
  session: TurnSession
  agenda: Agenda
  /** What moves the lead at this instant. */
  inputs: TurnInput[]
  /** Every enrollment there was, also those that have ended. */
  lives: LiveEnrollment[]
  lines: SimulatedLine[]
  steps: SimulatedStep[]
  letters: Letter[]
  tasks: OpenTask[]
  /** Messages of these steps are refused by the provider; `*` = all. */
  refusing: Set<string>
  /** `<enrollment>:<step>:<visit>` whose rest has a line. */
  told: Set<string>
  /** Inputs of entries that nobody asked for (every Friday): refusing one is worth no line. */
  routine: Set<number>
  /** The lead as triggers saw it last. */
  standing: Standing
  /** Who is in a watched segment, by trigger; and the instant of time triggers that is planned. */
  members: Map<string, boolean>
  planned: Map<string, Instant>
  /** Inputs so far: their ids. */
  count: number
}

/** Ready to be played from `startAt`. */
export function createRehearsal(
  input: SimulationInput,
  stepType: (type: string) => StepType | undefined,
  careful: boolean,
): Rehearsal {
  const { definition, journey, library, lead, history = [] } = input
  const facts = structuredClone(lead)
  facts.own = { deliveries: {}, tasks: {}, effects: {} }
  let enrollments = 0
  const session: TurnSession = {
    facts,
    library,
    now: input.startAt,
    stepType,
    newId: () => `rehearsal-${String((enrollments += 1))}`,
    journeys: new Map([[journey.id, { ...journey, status: 'live', liveVersion: 1 }]]),
    definitions: new Map([[journey.id, definition]]),
    live: [],
    history: history.map((past, index) => ({ ...past, journeyId: journey.id, entryKey: `past:${String(index)}` })),
    careful,
    outcomes: new Map(),
    reopened: new Set(),
    advances: 0,
    setOff: 0,
    stale: null,
  }
  return {
    input,
    session,
    agenda: createAgenda(),
    inputs: [],
    lives: [],
    lines: [],
    steps: [],
    letters: [],
    tasks: [],
    refusing: new Set(),
    told: new Set(),
    routine: new Set(),
    standing: standingOf(facts),
    members: new Map(),
    planned: new Map(),
    count: 0,
  }
}

/** Puts an input down for this instant. */
export function tell(rehearsal: Rehearsal, { kind, ...payload }: LeadInput, at: Instant): TurnInput {
  rehearsal.count += 1
  const row = { id: rehearsal.count, kind, payload: payload as Record<string, Json>, at: new Date(at) }
  rehearsal.inputs.push(row)
  return row
}

/** Adds a line to the log. */
export function log(
  rehearsal: Rehearsal,
  line: Pick<SimulatedLine, 'at' | 'kind' | 'text'> & Partial<SimulatedLine>,
): void {
  rehearsal.lines.push({ enrollment: null, stepId: null, visit: null, port: null, detail: null, ...line })
}

/** Splits `<stepId>:<visit>`. */
export function visitOf(key: string): { stepId: string; visit: number } {
  const colon = key.lastIndexOf(':')
  return { stepId: key.slice(0, colon), visit: Number(key.slice(colon + 1)) }
}
