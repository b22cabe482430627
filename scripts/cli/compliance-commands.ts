/** What a lead allows, by hand: `trellis lead may-contact|consent|object|opt-out|lift|export`, `trellis dnc import|show`. */
import { createReadStream, createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Command, InvalidArgumentError } from 'commander'
import { importDncList } from '#activities/compliance/import-dnc.ts'
import { liftByPerson, optOut, recordConsent, recordObjection } from '#activities/leads/consent.ts'
import { exportLead } from '#activities/leads/export-lead.ts'
import { mayContact } from '#activities/leads/may-contact.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { dncRegistries } from '#db/schema/do-not-contact.ts'
import { consentBases, contactChannels, type ConsentBasis, type ContactChannel } from '#engine/vocabulary.ts'
import { addCommand, CommandError, table, type GlobalOptions } from './command.ts'
import { withInstance } from './instance.ts'
import { requireLead } from './lead-commands.ts'

/** Adds to the `lead` command that `addLeadCommands` has made. */
export function addComplianceCommands(program: Command): void {
  const lead = program.commands.find((command) => command.name() === 'lead') ?? program.command('lead')
  addAsking(lead)
  addWishes(lead)
  addExport(lead)
  addDnc(program)
}

function addAsking(lead: Command): void {
  addCommand(
    lead,
    'may-contact <lead>',
    'May this lead be contacted, by what and for what, and if not why and from when',
    (command) => command,
    ([text = '']) =>
      withInstance(async ({ database: { db } }) => {
        const found = await mayContact(db, await requireLead(db, text), await readLibrary(db))
        if (found === null) throw new CommandError(`There is no lead "${text}".`, { code: 'LEAD_NOT_FOUND' })
        const rows = found.answers.map(({ channel, purpose, decision: { allowed, notBefore, why } }) => [
          channel,
          purpose,
          allowed ? 'yes' : 'no',
          notBefore === null ? '' : new Date(notBefore).toISOString(),
          why === null ? '' : `${why.words}${why.citation === null ? '' : ` (${why.citation})`} ${why.remedy}`,
        ])
        return { data: found, text: table([['channel', 'for', 'may', 'from', 'why'], ...rows]) }
      }),
  )
}

interface WishOptions extends GlobalOptions {
  channel: ContactChannel[]
  said: string
  reason: string
  wording: string
  basis: ConsentBasis
  state: 'granted' | 'denied'
  takeBack?: boolean
}

function channels(value: string, before: ContactChannel[] | undefined): ContactChannel[] {
  const channel = contactChannels.find((known) => known === value)
  if (channel === undefined) throw new InvalidArgumentError(`Use one of ${contactChannels.join(', ')}.`)
  return [...(before ?? []), channel]
}

function addWishes(lead: Command): void {
  addCommand<WishOptions>(
    lead,
    'opt-out <lead>',
    'The lead said stop, in any way: nothing more on these channels (all of them unless some are named)',
    (command) =>
      command
        .requiredOption('--said <text>', 'what was said, as well as it is remembered')
        .option('--channel <name>', `one of ${contactChannels.join(', ')}; may be repeated`, channels),
    ([text = ''], { channel, said, actor }) =>
      withInstance(async ({ database: { db }, poker }) => {
        const leadId = await requireLead(db, text)
        const stopped = (channel as ContactChannel[] | undefined) ?? [...contactChannels]
        const library = () => readLibrary(db)
        const result = await optOut({ db, poker, library }, { leadId, channels: stopped, said, actor })
        const underWay = result.underWay.length === 0 ? '' : ` ${String(result.underWay.length)} cannot be called back.`
        return {
          data: { leadId, ...result },
          text: `No more ${stopped.join(', ')}. ${String(result.cancelled.length)} messages cancelled.${underWay}`,
        }
      }),
  )
  addCommand<WishOptions>(
    lead,
    'consent <lead>',
    'Add to the consent ledger: nurture and promotion, on these channels',
    (command) =>
      command
        .requiredOption('--wording <text>', 'the very words the lead was shown or told')
        .requiredOption('--channel <name>', `one of ${contactChannels.join(', ')}; may be repeated`, channels)
        .option('--state <state>', 'granted or denied', oneOf(['granted', 'denied']), 'granted')
        .option('--basis <basis>', consentBases.join(', '), oneOf(consentBases), 'consent'),
    ([text = ''], { channel, wording, state, basis, actor }) =>
      withInstance(async ({ database: { db }, poker }) => {
        const leadId = await requireLead(db, text)
        const done = await recordConsent(
          { db, poker, library: () => readLibrary(db) },
          {
            leadId,
            purposes: ['nurture', 'promotional'],
            channels: channel,
            state,
            basis,
            wording,
            wordingVersion: '',
            mechanism: 'command_line',
            source: 'command line',
            actor,
          },
        )
        if (!done.isKnown) throw new CommandError(`Lead "${leadId}" was erased.`, { code: 'LEAD_GONE' })
        return { data: done, text: `Recorded: ${state} (${basis}) for ${channel.join(', ')}.` }
      }),
  )
  addCommand<WishOptions>(
    lead,
    'object <lead>',
    'The lead objects to marketing: none on any channel, and no scoring',
    (command) =>
      command
        .requiredOption('--reason <text>', 'how the lead said so')
        .option('--take-back', 'the lead takes its objection back'),
    ([text = ''], { reason, takeBack, actor }) =>
      withInstance(async ({ database: { db }, poker }) => {
        const leadId = await requireLead(db, text)
        const objects = takeBack !== true
        await recordObjection({ db, poker, library: () => readLibrary(db) }, { leadId, objects, reason, actor })
        return { data: { leadId, objects }, text: objects ? 'Recorded: no marketing.' : 'Taken back.' }
      }),
  )
  addCommand<WishOptions>(
    lead,
    'lift <lead>',
    'Lift suppressions, because the lead asks for contact again; kept in the audit log',
    (command) =>
      command
        .requiredOption('--reason <text>', 'why')
        .requiredOption('--channel <name>', `one of ${contactChannels.join(', ')}; may be repeated`, channels),
    ([text = ''], { channel, reason, actor }) =>
      withInstance(async ({ database: { db }, poker }) => {
        const leadId = await requireLead(db, text)
        const { lifted } = await liftByPerson({ db, poker }, { leadId, channels: channel, reason, actor })
        return {
          data: { leadId, lifted },
          text: lifted.length === 0 ? 'Nothing was suppressed.' : `Lifted: ${lifted.join(', ')}.`,
        }
      }),
  )
}

function oneOf<const Value extends string>(values: readonly Value[]): (text: string) => Value {
  return (text) => {
    const value = values.find((known) => known === text)
    if (value === undefined) throw new InvalidArgumentError(`Use one of ${values.join(', ')}.`)
    return value
  }
}

function addExport(lead: Command): void {
  addCommand<GlobalOptions & { out: string }>(
    lead,
    'export <lead>',
    'Write everything held about a person to a JSON file (GDPR Art. 15 and 20)',
    (command) => command.requiredOption('--out <file>', 'where to write it; it holds personal data'),
    ([text = ''], { out, actor }) =>
      withInstance(async ({ database: { db } }) => {
        const leadId = await requireLead(db, text)
        const pieces = await exportLead(db, { leadId, actor, at: new Date() })
        if (pieces === null) throw new CommandError(`There is no lead "${text}".`, { code: 'LEAD_NOT_FOUND' })
        await pipeline(Readable.from(pieces), createWriteStream(out, { mode: 0o600 }))
        return { data: { leadId, file: out }, text: `Written to ${out}. It holds personal data: hand it over safely.` }
      }),
  )
}

function addDnc(program: Command): void {
  const dnc = program.command('dnc').description('Do-not-call lists')
  addCommand<GlobalOptions & { registry: string; asOf: Date; add?: boolean }>(
    dnc,
    'import <file>',
    'Take in a copy of a do-not-call registry, one number per line; open calls to its numbers are withdrawn',
    (command) =>
      command
        .requiredOption('--registry <name>', 'a country code such as us, or "company" for your own list')
        .requiredOption('--as-of <date>', 'the date of the copy, YYYY-MM-DD', readDate)
        .option('--add', 'the file holds additions only; without this it is the whole registry'),
    ([file = ''], { registry, asOf, add, actor }) =>
      withInstance(async ({ database: { db }, poker }) => {
        const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity })
        const mode = add === true || registry === 'company' ? 'add' : 'replace'
        try {
          const done = await importDncList({ db, poker }, { registry, asOf, lines, actor, mode })
          const text = `${String(done.numbers)} numbers on "${registry}" as of ${asOf.toISOString().slice(0, 10)}; ${String(done.unreadable)} lines were no number; ${String(done.withdrawn)} leads' calls withdrawn.`
          return { data: done, text }
        } catch (error) {
          if (error instanceof RangeError) throw new CommandError(error.message, { code: 'DNC_REFUSED', cause: error })
          throw error
        }
      }),
  )
  addCommand(
    dnc,
    'show',
    'Which registries are kept, and how old each copy is',
    (command) => command,
    () =>
      withInstance(async ({ database: { db } }) => {
        const rows = await db.select().from(dncRegistries).orderBy(dncRegistries.registry)
        const lines = rows.map(({ registry, asOf, numbers, importedAt, importedBy }) => [
          registry,
          asOf.toISOString().slice(0, 10),
          String(numbers),
          importedAt.toISOString(),
          importedBy,
        ])
        return { data: rows, text: table([['registry', 'as of', 'numbers', 'imported', 'by'], ...lines]) }
      }),
  )
}

function readDate(text: string): Date {
  const date = new Date(`${text}T00:00:00Z`)
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(date.getTime())) {
    throw new InvalidArgumentError('Write the date as YYYY-MM-DD.')
  }
  return date
}
