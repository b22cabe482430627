import type { Command } from 'commander'
import {
  changeStop,
  describeSending,
  editAllowList,
  SendingRefused,
  turnLiveSending,
  type SendingGround,
} from '#activities/sending/switches.ts'
import { holdPreview, readSwitches, setHold } from '#db/repositories/company-switches.ts'
import { loadConfig } from '#server/config.ts'
import { realChannels } from '#server/providers.ts'
import { renderDoctorReport, runDoctor } from '../doctor.ts'
import { addCommand, CommandError, exitCodes, table, type GlobalOptions } from './command.ts'
import { withInstance } from './instance.ts'

/** `trellis hold …`, `live-sending …`, `allow-list …`, `stop`, `release`, `doctor`. */
export function addCompanyCommands(program: Command): void {
  const hold = program.command('hold').description('Hold everything that would go out to real leads')
  addCommand<GlobalOptions & { reason: string }>(
    hold,
    'on',
    'Nothing goes out until the hold is released',
    (command) => command.option('--reason <text>', 'why', ''),
    (_, { reason, actor }) =>
      withInstance(async ({ database: { db } }) => {
        await db.transaction((tx) => setHold(tx, { on: true, reason, actor }))
        return { data: { hold: true, reason }, text: 'On hold: nothing goes out to real leads.' }
      }),
  )
  addCommand<GlobalOptions & { reason: string }>(
    hold,
    'off',
    'Release the hold; see "hold show" first',
    (command) => command.option('--reason <text>', 'why', ''),
    (_, { reason, actor }) =>
      withInstance(async ({ database: { db } }) => {
        await db.transaction((tx) => setHold(tx, { on: false, reason, actor }))
        return { data: { hold: false }, text: 'Released.' }
      }),
  )
  addCommand(
    hold,
    'show',
    'Whether it is held, and what would go out',
    (command) => command,
    () => showHold(),
  )
  addLiveSending(program)
  addAllowList(program)
  addStops(program)
  addCommand(
    program,
    'doctor',
    'What this installation uses, what is wrong, and what to do about it',
    (command) => command,
    async () => {
      const report = await runDoctor()
      return { data: report, text: renderDoctorReport(report), exitCode: report.ok ? exitCodes.ok : exitCodes.refused }
    },
  )
}

function showHold() {
  return withInstance(async ({ database: { db } }) => {
    const [switches, preview] = await Promise.all([readSwitches(db), holdPreview(db)])
    const messages = preview.messages.map(({ journey, channel, due, later }) => [
      journey,
      channel,
      String(due),
      String(later),
    ])
    const text = [
      switches.hold ? `On hold${switches.holdReason ? `: ${switches.holdReason}` : ''}.` : 'Not on hold.',
      `Live sending is ${switches.liveSending ? 'on' : 'off: mail goes to the built-in mailbox'}.`,
      ...(messages.length === 0
        ? ['No message is waiting.']
        : [table([['JOURNEY', 'CHANNEL', 'DUE', 'LATER'], ...messages])]),
      ...preview.overdue.map(({ journey, leads }) => `${journey}: ${String(leads)} leads are due for their next step.`),
    ]
    return { data: { ...switches, ...preview }, text: text.join('\n') }
  })
}

/** What the installation on this machine can do, and its database. */
function withSending<Result>(work: (ground: SendingGround) => Promise<Result>): Promise<Result> {
  const config = loadConfig()
  return withInstance(async ({ database: { db } }) => {
    try {
      return await work({
        db,
        realChannels: realChannels(config),
        hasSender: config.smtp?.from != null,
        publicUrl: config.publicUrl,
      })
    } catch (error) {
      if (error instanceof SendingRefused) throw new CommandError(error.message, { code: error.code })
      throw error
    }
  })
}

function addLiveSending(program: Command): void {
  const live = program.command('live-sending').description('Whether mail really leaves; off at first')
  for (const [name, on] of [
    ['on', true],
    ['off', false],
  ] as const) {
    addCommand(
      live,
      name,
      on ? 'Mail goes to its addressees' : 'Mail goes to the built-in mailbox, but to who is on the allow-list',
      (command) => command,
      (_, { actor }) =>
        withSending(async (ground) => {
          await turnLiveSending(ground, { on, actor })
          return { data: { liveSending: on }, text: `Live sending is ${name}.` }
        }),
    )
  }
  addCommand(
    live,
    'show',
    'The switch, the provider, the allow-list and what is stopped',
    (command) => command,
    () =>
      withSending(async (ground) => {
        const sending = await describeSending(ground)
        return { data: sending, text: describeInWords(sending) }
      }),
  )
}

function describeInWords(sending: Awaited<ReturnType<typeof describeSending>>): string {
  const { liveSending, providers, hasSender, allowList, stops } = sending
  const down = providers.flatMap(({ channel, down: since }) =>
    since === null
      ? []
      : [`The provider of ${channel} cannot be reached since ${new Date(since.since).toISOString()}: ${since.reason}`],
  )
  return [
    `Live sending is ${liveSending ? 'on' : 'off: mail goes to the built-in mailbox'}.`,
    providers.length === 0
      ? 'No mail server is set (SMTP_URL).'
      : `Real providers: ${providers.map(({ channel }) => channel).join(', ')}.`,
    ...(hasSender ? [] : ['Nobody is named as the sender yet.']),
    ...down,
    allowList.length === 0
      ? 'The allow-list is empty.'
      : `${liveSending ? 'The allow-list (of no effect while live sending is on)' : 'Real mail reaches'}: ${allowList.join(', ')}.`,
    ...stops.map(
      ({ kind, name, reason, actor, since }) =>
        `Stopped: ${kind} ${name}, by ${actor} since ${new Date(since).toISOString()}: ${reason}`,
    ),
  ].join('\n')
}

function addAllowList(program: Command): void {
  const list = program.command('allow-list').description('Whom real mail reaches while live sending is off')
  for (const change of ['add', 'remove'] as const) {
    addCommand(
      list,
      change,
      change === 'add' ? 'Put addresses or domains on the list' : 'Take addresses or domains off the list',
      (command) => command.argument('<entries...>', 'anna@example.org, or example.org for everybody there'),
      (entries, { actor }) =>
        withSending(async (ground) => {
          const allowList = await editAllowList(ground, { [change]: entries, actor })
          return { data: { allowList }, text: showList(allowList) }
        }),
    )
  }
  addCommand(
    list,
    'show',
    'Who is on the list',
    (command) => command,
    () =>
      withSending(async (ground) => {
        const { allowList } = await describeSending(ground)
        return { data: { allowList }, text: showList(allowList) }
      }),
  )
}

function showList(allowList: readonly string[]): string {
  return allowList.length === 0 ? 'The allow-list is empty.' : allowList.join('\n')
}

/** `trellis stop email`, `trellis stop --journey spring`. */
function addStops(program: Command): void {
  for (const [name, stopped] of [
    ['stop', true],
    ['release', false],
  ] as const) {
    addCommand<GlobalOptions & { reason: string; journey?: string }>(
      program,
      name,
      stopped
        ? 'Stop the messages of a channel or a journey to real leads; what is queued waits'
        : 'Let the messages of a stopped channel or journey go again',
      (command) =>
        command
          .argument('[channel]', 'email, postcard or notification')
          .option('--journey <key>', 'a journey instead of a channel')
          .requiredOption('--reason <text>', 'why'),
      ([channel], { reason, journey, actor }) =>
        withSending(async (ground) => {
          const subject = journey ?? channel
          if (subject === undefined || (journey !== undefined && channel !== undefined))
            throw new CommandError('Name a channel, or a journey with --journey.', { code: 'USAGE' })
          const kind = journey === undefined ? 'channel' : 'journey'
          const changed = await changeStop(ground, { kind, subject, stopped, reason, actor })
          const is = stopped ? 'stopped' : 'going'
          return {
            data: { kind, subject, stopped, changed },
            text: changed ? `The ${kind} "${subject}" is ${is}.` : `The ${kind} "${subject}" was ${is} already.`,
          }
        }),
    )
  }
}
