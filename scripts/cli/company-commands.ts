import type { Command } from 'commander'
import { realProviders } from '#activities/providers/real-providers.ts'
import { holdPreview, readSwitches, setHold, setLiveSending } from '#db/repositories/company-switches.ts'
import { renderDoctorReport, runDoctor } from '../doctor.ts'
import { addCommand, CommandError, exitCodes, table, type GlobalOptions } from './command.ts'
import { withInstance } from './instance.ts'

/** `trellis hold …`, `trellis live-sending …`, `trellis doctor`. */
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

function addLiveSending(program: Command): void {
  const live = program.command('live-sending').description('Whether mail really leaves; off at first')
  for (const [name, on] of [
    ['on', true],
    ['off', false],
  ] as const) {
    addCommand(
      live,
      name,
      on ? 'Mail goes to its addressees' : 'Mail goes to the built-in mailbox',
      (command) => command,
      (_, { actor }) =>
        withInstance(async ({ database: { db } }) => {
          if (on && Object.keys(realProviders).length === 0) {
            throw new CommandError(
              'No provider that reaches real people is part of this version, so live sending stays off: messages stay in ' +
                'the built-in mailbox.',
              { code: 'NO_PROVIDER' },
            )
          }
          await db.transaction((tx) => setLiveSending(tx, { on, actor }))
          return { data: { liveSending: on }, text: `Live sending is ${name}.` }
        }),
    )
  }
}
