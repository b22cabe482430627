import type { Command } from 'commander'
import { eraseLead } from '#activities/leads/erase-lead.ts'
import { explainLead, type LeadExplanation } from '#activities/leads/explain-lead.ts'
import { mergeLeads } from '#activities/leads/merge-leads.ts'
import type { Database } from '#db/client.ts'
import { listLeadRows } from '#db/repositories/lead-reads.ts'
import { findLeadIds } from '#db/repositories/lead-search.ts'
import { addCommand, CommandError, exitCodes, table, wholeNumber, type GlobalOptions } from './command.ts'
import { requireTemporal, withInstance } from './instance.ts'

/** `trellis lead show|erase|merge`, `trellis leads find`. */
export function addLeadCommands(program: Command): void {
  const lead = program.command('lead').description('One lead')
  addCommand<GlobalOptions & { limit: number }>(
    lead,
    'show <lead>',
    'Where a lead stands, why, and what comes next. LEAD is an id, an address or an external id',
    (command) => command.option('--limit <number>', 'lines of history', wholeNumber, 20),
    ([text = ''], { limit }) =>
      withInstance(async ({ database: { db } }) => {
        const [leadId = '', ...others] = await findLeadIds(db, text)
        const explanation = leadId === '' ? null : await explainLead(db, leadId, { limit })
        if (explanation === null) throw notFound(text)
        const more = others.length === 0 ? '' : `\n\nAlso known by that, from test runs: ${others.join(', ')}`
        return { data: { ...explanation, others }, text: `${describeLead(explanation)}${more}` }
      }),
  )
  addCommand<GlobalOptions & { reason: string; yes?: boolean }>(
    lead,
    'erase <lead>',
    'Erase a person for good: their data, what was merged into them, their executions. Counts stay',
    (command) =>
      command
        .requiredOption('--reason <text>', 'kept in the audit log; write no names')
        .option('--yes', 'really; it cannot be undone'),
    ([text = ''], { reason, yes, actor }) =>
      withInstance(async (instance) => {
        const { db } = instance.database
        const leadId = await requireLead(db, text)
        if (yes !== true) {
          throw new CommandError(`This erases lead "${leadId}" for good. Say --yes if you mean it.`, {
            code: 'NOT_CONFIRMED',
            exitCode: exitCodes.usage,
          })
        }
        const result = await eraseLead({ db, client: requireTemporal(instance) }, { leadId, actor, reason })
        if (!result.erased) throw new CommandError(result.reason, { code: 'LEAD_NOT_FOUND' })
        const executions =
          result.runsDeleted === null
            ? 'Temporal could not be reached: it holds ids only; run this again to delete them.'
            : `${String(result.runsDeleted)} executions deleted from Temporal.`
        return { data: result, text: `Erased. ${executions}` }
      }),
  )
  addCommand(
    lead,
    'merge <winner> <loser>',
    'Two leads are one person: the second becomes part of the first. It cannot be undone',
    (command) => command,
    ([first = '', second = ''], { actor }) =>
      withInstance(async ({ database: { db }, poker }) => {
        const [winnerId, loserId] = [await requireLead(db, first), await requireLead(db, second)]
        const result = await mergeLeads({ db, poker }, { winnerId, loserId, actor })
        if (!result.merged) throw new CommandError(result.reason, { code: 'NOT_MERGED' })
        return { data: { winnerId, loserId }, text: `Merged: "${loserId}" is part of "${winnerId}" now.` }
      }),
  )
  const leads = program.command('leads').description('Many leads')
  addCommand<GlobalOptions & { limit: number }>(
    leads,
    'find <text>',
    'Leads by id, address, external id, or the beginning of a name, address or company',
    (command) => command.option('--limit <number>', 'at most', wholeNumber, 20),
    ([text = ''], { limit }) =>
      withInstance(async ({ database: { db } }) => {
        const exact = new Set(await findLeadIds(db, text))
        const rows = await listLeadRows(db, { limit, cursor: null, search: text })
        const others = await Promise.all(
          [...exact].filter((id) => rows.every((row) => row.id !== id)).map((id) => explainLead(db, id, { limit: 1 })),
        )
        const data = [
          ...others.flatMap((found) => (found === null ? [] : [pick(found)])),
          ...rows.map((row) =>
            pick({ ...row, name: [row.firstName, row.lastName].filter((part) => part !== null).join(' ') }),
          ),
        ].slice(0, limit)
        const lines = data.map(({ id, name, email, stage, attention, isTest }) => [
          id,
          name,
          email ?? '',
          stage,
          attention,
          isTest ? 'test' : '',
        ])
        return {
          data,
          text:
            lines.length === 0
              ? `No lead matches "${text}".`
              : table([['ID', 'NAME', 'EMAIL', 'STAGE', 'ATTENTION', ''], ...lines]),
        }
      }),
  )
}

/** The lead a person means; a real one before test leads made from it. */
export async function requireLead(db: Database, text: string): Promise<string> {
  const [id] = await findLeadIds(db, text)
  if (id === undefined) throw notFound(text)
  return id
}

function notFound(text: string): CommandError {
  return new CommandError(`No lead is known by "${text}"; "trellis leads find" looks for parts of names, too.`, {
    code: 'LEAD_NOT_FOUND',
  })
}

function pick(lead: Pick<LeadExplanation, 'id' | 'name' | 'email' | 'company' | 'stage' | 'attention' | 'isTest'>) {
  const { id, name, email, company, stage, attention, isTest } = lead
  return { id, name, email, company, stage, attention, isTest }
}

function describeLead(lead: LeadExplanation): string {
  const flags = Object.entries(lead.doNot).flatMap(([channel, isSet]) => (isSet ? [`do not ${channel}`] : []))
  const suppressed = lead.suppressed.map(({ channel, reason }) => `${channel} suppressed (${reason})`)
  return [
    `${lead.name || lead.email || lead.id}${lead.isTest ? '  [test lead]' : ''}${lead.erased ? '  [erased]' : ''}`,
    `  ${lead.id}  ${lead.email ?? 'no address'}  ${lead.company ?? ''}`,
    `  stage ${lead.stage}, attention ${lead.attention}, score ${String(lead.score)}; zone ${lead.zone ?? 'unknown'}; its time is ${lead.now}`,
    ...(lead.tags.length === 0 ? [] : [`  tags: ${lead.tags.join(', ')}`]),
    ...([...flags, ...suppressed].length === 0 ? [] : [`  ${[...flags, ...suppressed].join(', ')}`]),
    `  did: ${
      Object.entries(lead.totals)
        .map(([type, count]) => `${type} × ${String(count)}`)
        .join(', ') || 'nothing yet'
    }`,
    ...(lead.enrollments.length === 0 ? ['', 'In no journey.'] : lead.enrollments.flatMap(describeEnrollment)),
    ...section(
      'Messages',
      lead.messages.map(({ at, channel, status, reason, subject }) => [
        at ?? '',
        channel,
        reason === null ? status : `${status}: ${reason}`,
        subject,
      ]),
    ),
    ...section(
      'Tasks',
      lead.tasks.map(({ dueAt, kind, status, outcome, title }) => [
        `due ${dueAt ?? ''}`,
        kind,
        outcome ?? status,
        title,
      ]),
    ),
  ].join('\n')
}

function describeEnrollment(enrollment: LeadExplanation['enrollments'][number]): string[] {
  const { journey, version, status, step, since, waitsFor, nextAt, endedBecause, error, log } = enrollment
  const isOpen = enrollment.finishedAt === null
  return [
    '',
    `${journey} (version ${String(version)}): ${status}, enrollment ${enrollment.id}`,
    ...(isOpen
      ? [
          `  at "${step.name}" since ${since ?? ''}. ${waitsFor ?? ''}`,
          `  next: ${nextAt ?? 'when something happens'}${enrollment.wakesOn.length === 0 ? '' : ` (or ${enrollment.wakesOn.join(', ')})`}`,
        ]
      : [`  ended ${enrollment.finishedAt ?? ''}: ${endedBecause ?? ''}`]),
    ...(error === null ? [] : [`  parked: ${error.code} ${error.message}`]),
    ...log.map((line) => `  ${line.at ?? ''}  ${line.step} → ${line.port ?? 'end'}: ${line.reason}`),
  ]
}

function section(title: string, rows: string[][]): string[] {
  return rows.length === 0
    ? []
    : [
        '',
        `${title}:`,
        ...table(rows)
          .split('\n')
          .map((line) => `  ${line}`),
      ]
}
