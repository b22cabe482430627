/** Go one of several ways by what the lead answered. */
import { z } from 'zod'
import { isBlank } from '../conditions/operands.ts'
import { testJson } from '../conditions/properties.ts'
import { portIdSchema, referenceField } from './config-fields.ts'
import { defineStep } from './contract.ts'
import { valuesOf } from '../surveys/answers.ts'
import { lookUp } from './lookup.ts'
import { checkQuestion, checkUniqueIds, warning } from './problems.ts'

const configSchema = z.strictObject({
  survey: referenceField('survey', 'Survey', 'The survey that was asked.'),
  question: referenceField('question', 'Question', 'The question whose latest answer decides.'),
  cases: z
    .array(
      z.strictObject({
        id: portIdSchema,
        name: z.string().max(120).default('').meta({ title: 'Name', description: 'Shown at the way out.' }),
        values: z
          .array(z.union([z.string().min(1).max(200), z.number()]))
          .min(1, 'Choose at least one answer.')
          .max(100)
          .meta({
            title: 'Answers',
            description: 'Any of these; for questions with several choices, one of them is enough.',
            picks: 'answers',
          }),
      }),
    )
    .min(1, 'At least one case is needed.')
    .max(50)
    .meta({
      title: 'Cases',
      description: 'Asked in this order; the first that fits decides.',
      ui: { entry: 'case', entryTitle: 'name' },
    }),
})
type Config = z.infer<typeof configSchema>

/** Branches on the lead's latest answer to a question; `unanswered` when there is none. */
export const branchOnAnswer = defineStep<Config>({
  type: 'branch_on_answer',
  version: 1,
  title: 'Branch on an answer',
  category: 'survey',
  icon: 'arrows-split',
  description: 'Sends leads different ways by what they answered.',
  synonyms: ['survey', 'question', 'if', 'response'],
  config: configSchema,
  starter: { cases: [{ id: 'a', name: 'First answer', values: [] }] },
  ports: ({ cases }) => [
    ...cases.map(({ id, name }) => ({ id: `case:${id}`, label: name === '' ? id : name })),
    { id: 'else', label: 'Another answer' },
    { id: 'unanswered', label: 'No answer' },
  ],
  summary: ({ question, cases }) =>
    `${question}: ${cases.map(({ id, name }) => (name === '' ? id : name)).join(' · ')}`,
  needs: ({ survey }) => ({ surveys: [survey] }),
  check: ({ survey, question, cases }, { library }) => {
    const asked = lookUp(library.surveys, survey)?.questions.find(({ id }) => id === question)
    const values = asked === undefined || valuesOf(asked).length === 0 ? undefined : valuesOf(asked)
    const unknown = cases.flatMap((one, index) =>
      one.values.flatMap((value, place) =>
        values === undefined || values.includes(String(value))
          ? []
          : [
              warning(
                'RULE_VALUE_INVALID',
                ['cases', index, 'values', place],
                `"${value}" is not an option of question "${question}", so nobody goes this way by it; choose one of its options.`,
              ),
            ],
      ),
    )
    return [...checkQuestion(library, survey, question, []), ...checkUniqueIds(cases, 'cases'), ...unknown]
  },
  rests: () => false,
  run: ({ config, facts }) => {
    const { survey, question, cases } = config
    const answer = lookUp(lookUp(facts.answers, survey) ?? {}, question)
    if (answer === undefined || isBlank(answer.value)) {
      return { kind: 'leave', port: 'unanswered', reason: `"${question}" was not answered.` }
    }
    const match = cases.find(({ values }) => testJson(answer.value, 'in', values))
    const detail = { answer: answer.value, at: answer.at }
    if (match === undefined) {
      return { kind: 'leave', port: 'else', reason: `The answer to "${question}" fits no case.`, detail }
    }
    const name = match.name === '' ? match.id : match.name
    return { kind: 'leave', port: `case:${match.id}`, reason: `Answered "${question}": ${name}.`, detail }
  },
})
