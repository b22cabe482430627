/** Work for a person. */
import { z } from 'zod'
import { defineStep, type Command } from './contract.ts'
import { lookUp } from './lookup.ts'
import {
  assigneeOf,
  checkTask,
  closeOnOf,
  dueAt,
  escalationOf,
  leaveByTask,
  outcomePorts,
  outcomesSchema,
  restUntilEffective,
  taskFields,
} from './task-fields.ts'
import { problem } from './problems.ts'
import { climb, readTaskMemory } from './task-ladder.ts'

const configSchema = z.strictObject({
  title: z
    .string()
    .min(1, 'A task needs a title.')
    .max(200)
    .meta({ title: 'Title', description: 'What is to be done.' }),
  reason: z
    .string()
    .max(500)
    .default('')
    .meta({ title: 'Why', description: 'One sentence for the person who does it.' }),
  instructions: z
    .string()
    .max(10_000)
    .default('')
    .meta({ title: 'Instructions', description: 'How to do it.', ui: { control: 'paragraph' } }),
  ...taskFields,
  waitForOutcome: z.boolean().default(false).meta({
    title: 'Wait for it',
    description: 'The lead waits until the task is done and goes on by its outcome. Otherwise it goes on at once.',
  }),
  outcomes: outcomesSchema.default([{ id: 'done', label: 'Done' }]).meta({
    title: 'Outcomes',
    description: 'What the person chooses from; each is a way out when the lead waits.',
    ui: { entry: 'outcome' },
  }),
})
type Config = z.infer<typeof configSchema>

/** Creates a task in a queue or for a person. */
export const createTask = defineStep<Config>({
  type: 'create_task',
  version: 1,
  title: 'Create task',
  category: 'sales',
  icon: 'checkbox',
  description: 'Gives a person something to do; the lead goes on, or waits for the outcome.',
  synonyms: ['to do', 'manual', 'sales', 'follow up'],
  config: configSchema,
  ports: ({ waitForOutcome, outcomes }) =>
    waitForOutcome
      ? [...outcomePorts(outcomes), { id: 'expired', label: 'Not done', optional: true }]
      : [{ id: 'next', label: 'Next' }],
  summary: ({ title, queue, waitForOutcome }) => `${title} (${queue})${waitForOutcome ? ', wait for it' : ''}`,
  check: (config) => [
    ...checkTask(config, config.outcomes),
    ...(config.escalation.length > 0 && !config.waitForOutcome
      ? [
          problem(
            'STEP_CONFIG_INVALID',
            ['escalation'],
            'Only a task that the lead waits for is escalated; switch on "Wait for it", or leave the list empty.',
          ),
        ]
      : []),
  ],
  rests: ({ waitForOutcome }) => waitForOutcome,
  simulate: [{ port: 'outcome:done', weight: 100, after: 'P1D' }],
  run: (context) => {
    const { config, facts, key, now } = context
    const task = lookUp(facts.own.tasks, key)
    const due = dueAt(config, now, context)
    const commands: Command[] =
      task !== undefined
        ? []
        : [
            {
              kind: 'create_task',
              taskKind: 'task',
              title: config.title,
              reason: config.reason,
              talkTrack: config.instructions,
              queue: config.queue,
              assignee: assigneeOf(config, facts),
              outcomes: config.outcomes,
              notBefore: null,
              dueAt: due,
              escalation: escalationOf(config),
              closeOn: closeOnOf(config),
            },
          ]
    if (!config.waitForOutcome)
      return { kind: 'leave', port: 'next', reason: `Task created: ${config.title}.`, commands }
    const undecided = restUntilEffective(task, context)
    if (undecided !== null) return undecided
    const done = leaveByTask(task)
    if (done !== null) return done
    const memory = task === undefined ? { ...readTaskMemory(null), dueAt: due } : readTaskMemory(context.memory)
    const ladder = climb(config, memory, context)
    return {
      kind: 'rest',
      wakeAt: ladder.nextAt,
      on: [`task:${key}`],
      memory: { ...memory, rungs: ladder.rungs },
      reason: `Waits for the task: ${config.title}.`,
      commands: [...commands, ...ladder.commands],
    }
  },
})
