/** A form comes in: whose it is, what it tells, what was agreed to, and what it sets off, in one transaction. */
import type { Database, Transaction } from '#db/client.ts'
import { readScreening } from '#db/repositories/screening-setting.ts'
import { loadGateFacts } from '#db/repositories/gate-facts.ts'
import { ingestEvents } from '#db/repositories/events.ts'
import { keepSubmission } from '#db/repositories/form-submissions.ts'
import {
  findIdentities,
  identityKey,
  recordIdentities,
  toIdentity,
  type Identity,
} from '#db/repositories/identities.ts'
import { applyLeadChanges, type LeadChange } from '#db/repositories/lead-changes.ts'
import { lockLeads, type LockedLead } from '#db/repositories/lead-locks.ts'
import { upsertLeads } from '#db/repositories/upsert-leads.ts'
import { leadIdentities, leads } from '#db/schema/leads.ts'
import { events } from '#db/schema/events.ts'
import { transact } from '#db/transact.ts'
import { and, eq } from 'drizzle-orm'
import type { FieldValue, Json } from '#engine/facts.ts'
import { screen, type DomainLists, type ScreeningVerdict } from '#engine/forms/screening.ts'
import { fieldsToAsk } from '#engine/forms/ask.ts'
import type { Form, Library } from '#engine/library.ts'
import { takeAnswers, type AnswerProblem } from '#engine/surveys/answers.ts'
import type { Answers } from '#engine/surveys/flow.ts'
import { otherKey } from '#engine/surveys/flow.ts'
import { cleanText, foldText } from '#engine/text.ts'
import { builtInEvents } from '#engine/vocabulary.ts'
import { mergeLeads } from '../leads/merge-leads.ts'
import type { Poker } from '../poker.ts'
import { knownQuestions, valueOf, type FormVisitor } from './recognise.ts'

export interface FormRequest {
  /** In the language it was shown in: what was agreed to is kept word by word. */
  form: Form
  language: string | null
  visitor: FormVisitor
  /** What came in, by question id and `<id>_other`. */
  given: Readonly<Record<string, unknown>>
  /** Ids of the questions the page showed. */
  shown: ReadonlySet<string>
  /** Ids of the boxes that were ticked. */
  agreed: ReadonlySet<string>
  /** UUID of this showing of the form; sent twice, it counts once. */
  submissionId: string
  /** The page it was on, without what follows "?" (it may hold anything). */
  page: string | null
  /** Why it looks as if a program had sent it; null = nothing does. */
  suspicion: string | null
}

export type FormOutcome =
  | { kind: 'problems'; problems: AnswerProblem[]; answers: Answers }
  /** Taken. `leadId` is null when it is held for a person to look at: the visitor is told nothing of it. */
  | { kind: 'taken'; leadId: string | null }

export interface FormDependencies {
  db: Database
  poker: Poker
  library: () => Promise<Library>
  domains: DomainLists
  /** The link by which a lead confirms what it agreed to. */
  confirmUrl: (leadId: string, submissionId: string) => string
}

/** A box that was ticked, with the words beside it. */
interface Agreed {
  purpose: 'nurture' | 'promotional'
  channel: 'email' | 'postcard' | 'phone'
  wording: string
}

/** What came in, as it is held and released. */
export interface HeldInput {
  visitor: FormVisitor
  answers: Record<string, Json>
  agreed: Agreed[]
  language: string | null
  page: string | null
}

/**
 * Judges the answers and takes them in. Screening marks the lead; spam is held, so that nothing of it becomes a fact, and
 * nothing is lost. Priority 1: a thank-you is due within seconds (PLAYBOOK B1).
 */
export async function submitForm(deps: FormDependencies, request: FormRequest): Promise<FormOutcome> {
  const { db } = deps
  const { form, visitor, given, shown, submissionId, suspicion } = request
  const library = await deps.library()
  const known = await knownQuestions(db, form, library, visitor)
  // What the page showed, and whatever is always asked: leaving a required question out of the page does not skip it.
  const always = new Set(fieldsToAsk(form, known).flatMap(({ ask, id }) => (ask === 'always' ? [id] : [])))
  const fields = form.fields.filter(({ id }) => shown.has(id) || always.has(id))
  const { answers, problems } = takeAnswers(fields, given)
  if (problems.length > 0) return { kind: 'problems', problems, answers }

  const agreed = form.consents
    .filter(({ id }) => request.agreed.has(id))
    .map(({ purpose, channel, wording }) => ({ purpose, channel, wording }))
  const input: HeldInput = { visitor, answers, agreed, language: request.language, page: request.page }
  const email = emailOf(form, answers)
  const texts = fields.flatMap(({ id, type }) =>
    [type === 'text' || type === 'long_text' ? answers[id] : null, answers[otherKey(id)]].filter(
      (text) => typeof text === 'string',
    ),
  )
  const screening = screen({ email, texts }, await readScreening(db), deps.domains)
  const spam = suspicion ?? (screening?.verdict === 'spam' ? screening.reason : null)
  if (spam !== null) {
    await db.transaction((tx) =>
      keepSubmission(tx, {
        id: submissionId,
        form: form.key,
        status: 'held',
        reason: spam,
        leadId: null,
        email: email === null ? null : foldText(email),
        input: toJson(input),
      }),
    )
    return { kind: 'taken', leadId: null }
  }
  const leadId = await takeSubmission(deps, {
    form,
    input,
    submissionId,
    screening: screening?.verdict ?? null,
  })
  return { kind: 'taken', leadId }
}

/** Makes facts of a submission that was judged. Also for what a person has released. Returns whose it became. */
export async function takeSubmission(
  deps: FormDependencies,
  submission: { form: Form; input: HeldInput; submissionId: string; screening: ScreeningVerdict | null },
): Promise<string> {
  const { db, poker } = deps
  const { form, input, submissionId, screening } = submission
  const options = { library: await deps.library(), actor: `form:${form.key}`, priority: 1 as const }
  const done = await transact(db, async (tx) => {
    const dedupeKey = `form:${submissionId}`
    const [earlier] = await tx.select({ leadId: events.leadId }).from(events).where(eq(events.dedupeKey, dedupeKey))
    if (earlier !== undefined) return { leadId: earlier.leadId, absorb: null, leadIds: [] }

    const owner = await ownerOf(tx, form, input, options)
    const leadId = owner.leadId
    const locked = (await lockLeads(tx, [leadId])).get(leadId)
    if (locked === undefined) throw new Error('The lead of a form is not there.')
    const isProven = owner.isNew || input.visitor.kind === 'lead'
    const changes: LeadChange[] = factsOf(form, input, screening).flatMap(([field, value]) => {
      // Who typed somebody's address may be anybody: what is known of a lead is not changed by it, only added to.
      const isKept = field !== 'screening' && !isProven && valueOf(locked.row, field, options.library) !== null
      return isKept ? [] : [{ leadId, kind: 'set_field', field, value }]
    })
    changes.push(...form.topics.map((tag): LeadChange => ({ leadId, kind: 'add_tag', tag })))
    const waits = form.doubleOptIn && input.visitor.kind !== 'lead' && input.agreed.length > 0
    const now = waits ? [] : input.agreed
    const held = await refusedEarlier(tx, locked, input.visitor, now)
    const granted = now.filter((one) => !held.includes(one))
    changes.push(...consentChanges(leadId, form, granted))
    const changed = await applyLeadChanges(tx, changes, options)
    if (waits) {
      await keepSubmission(tx, {
        id: submissionId,
        form: form.key,
        status: 'awaiting_confirmation',
        reason: '',
        leadId,
        email: locked.row.email === null ? null : foldText(locked.row.email),
        input: toJson(input),
      })
    }
    const confirm = waits ? { confirm_url: deps.confirmUrl(leadId, submissionId) } : {}
    const ingested = await ingestEvents(
      tx,
      [
        {
          lead: { id: leadId },
          type: builtInEvents.formSubmitted,
          properties: {
            ...propertiesOf(form, input, screening),
            ...confirm,
            ...(held.length === 0 ? {} : { consents_not_taken: held.map((one) => `${one.purpose}:${one.channel}`) }),
          },
          dedupeKey,
        },
      ],
      options,
    )
    return { leadId, absorb: owner.absorb, leadIds: [...owner.leadIds, ...changed.leadIds, ...ingested.leadIds] }
  })
  if (done.absorb !== null) {
    await mergeLeads({ db, poker }, { winnerId: done.leadId, loserId: done.absorb, actor: options.actor })
  }
  await poker.poke(done.leadIds, { priority: 1 })
  return done.leadId
}

interface Owner {
  leadId: string
  isNew: boolean
  /** A lead without a name that this one turned out to be: its history is merged into this one's. */
  absorb: string | null
  leadIds: string[]
}

/**
 * Whose it is: who came by a personal link, else whom the address names, else a new lead. A browser's nameless lead
 * becomes the one with the address; a browser that belongs to somebody else (a shared computer) is left out of it.
 */
async function ownerOf(
  tx: Transaction,
  form: Form,
  { visitor, answers, language }: HeldInput,
  options: Parameters<typeof upsertLeads>[2],
): Promise<Owner> {
  if (visitor.kind === 'lead') return { leadId: visitor.leadId, isNew: false, absorb: null, leadIds: [] }
  const email = emailOf(form, answers)
  const address = email === null ? null : toIdentity('email', email)
  const browser = visitor.kind === 'browser' ? toIdentity('anonymous_id', visitor.anonymousId) : null
  const found = await findIdentities(
    tx,
    [address, browser].filter((identity) => identity !== null),
  )
  const byAddress = address === null ? undefined : found.get(identityKey(address))
  const byBrowser = browser === null ? undefined : found.get(identityKey(browser))
  if (byAddress !== undefined) {
    if (byBrowser === undefined && browser !== null) await recordIdentities(tx, [{ ...browser, leadId: byAddress }])
    const isOther = byBrowser !== undefined && byBrowser !== byAddress
    const absorb = isOther && (await isNameless(tx, byBrowser)) ? byBrowser : null
    return { leadId: byAddress, isNew: false, absorb, leadIds: [] }
  }
  const isNameless_ = byBrowser !== undefined && (await isNameless(tx, byBrowser))
  const joins = browser !== null && (byBrowser === undefined || isNameless_)
  const { rows, leadIds } = await upsertLeads(
    tx,
    [
      {
        email: email ?? undefined,
        anonymousId: joins && visitor.kind === 'browser' ? visitor.anonymousId : undefined,
        fields: { source: `form ${form.key}`, ...(language === null ? {} : { language }) },
      },
    ],
    options,
  )
  const [row] = rows
  if (row?.leadId == null) throw new Error(`A form cannot be given to a lead: ${row?.message ?? 'none was made'}`)
  return { leadId: row.leadId, isNew: row.outcome === 'created' || isNameless_, absorb: null, leadIds }
}

/** A lead that only browsers know: no address, no id of another system. */
async function isNameless(tx: Transaction, leadId: string): Promise<boolean> {
  const names: Identity[] = await tx
    .select({ kind: leadIdentities.kind, value: leadIdentities.value })
    .from(leadIdentities)
    .where(eq(leadIdentities.leadId, leadId))
  const [row] = await tx
    .select({ email: leads.email })
    .from(leads)
    .where(and(eq(leads.id, leadId), eq(leads.isTest, false)))
  return row !== undefined && row.email === null && names.every(({ kind }) => kind === 'anonymous_id')
}

/** The address that was typed, as it was typed. */
function emailOf(form: Form, answers: Answers): string | null {
  const question = form.fields.find(({ field, type }) => field === 'email' && type === 'email')
  const value = question === undefined ? undefined : answers[question.id]
  return typeof value === 'string' ? value : null
}

/** Lead fields and the values they get. "Something else" gives what was written. */
function factsOf(
  form: Form,
  { answers, visitor }: HeldInput,
  screening: ScreeningVerdict | null,
): [string, FieldValue][] {
  const facts = form.fields.flatMap(({ id, field, other }): [string, FieldValue][] => {
    const written = other === undefined || answers[id] !== 'other' ? undefined : answers[otherKey(id)]
    const value = written ?? answers[id]
    if (field === undefined || value === undefined) return []
    // Whom a personal link belongs to has its address already.
    if (field === 'email' && visitor.kind === 'lead') return []
    const isPlain = value === null || typeof value !== 'object' || Array.isArray(value)
    return isPlain ? [[field, value as FieldValue]] : []
  })
  return screening === null ? facts : [...facts, ['screening', screening]]
}

/**
 * Of what was ticked, that which the lead has said no to. Who only typed the address may be anybody, so that the tick
 * takes back no refusal, objection or stop: consent must be shown to be the person's own (GDPR Art. 7(1)). A link
 * that was sent to the lead proves it, as does a confirmation.
 */
async function refusedEarlier(
  tx: Transaction,
  lead: LockedLead,
  visitor: FormVisitor,
  agreed: readonly Agreed[],
): Promise<Agreed[]> {
  if (visitor.kind === 'lead' || agreed.length === 0) return []
  const facts = (await loadGateFacts(tx, [{ row: lead.row, since: lead.now }])).get(lead.row.id)
  if (facts === undefined) return []
  return agreed.filter(
    ({ purpose, channel }) =>
      facts.fields['objected'] === true ||
      facts.doNot[channel] ||
      facts.suppressed[channel] !== undefined ||
      facts.consents[`${purpose}:${channel}`]?.state === 'denied',
  )
}

function consentChanges(leadId: string, form: Form, agreed: readonly Agreed[]): LeadChange[] {
  return agreed.map((consent): LeadChange => ({
    ...consent,
    leadId,
    kind: 'set_consent',
    state: 'granted',
    mechanism: 'checkbox',
    source: `form:${form.key}`,
  }))
}

function propertiesOf(form: Form, input: HeldInput, screening: ScreeningVerdict | null): Record<string, Json> {
  const { answers, page, visitor } = input
  return {
    ...answers,
    form: form.key,
    ...(form.asset === undefined ? {} : { asset: form.asset }),
    ...(form.topics.length === 0 ? {} : { topics: [...form.topics] }),
    ...(page === null ? {} : { page }),
    ...(screening === null ? {} : { screening }),
    ...(visitor.kind === 'browser' ? { anonymous_id: cleanText(visitor.anonymousId).trim() } : {}),
  }
}

function toJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json
}
