/**
 * A survey as its author writes it. Forms ask with the same questions. Stored surveys of earlier releases parse
 * unchanged: everything added since has a default or may be absent.
 */
import { z } from 'zod'
import { propertyFilterSchema, type PropertyFilter, type RuleValue } from '../conditions/schema.ts'
import { durationSchema } from '../graph/schema.ts'
import { keySchema } from '../keys.ts'

/**
 * What a question is answered with:
 * `single`, `yes_no`, `text`, `long_text`, `email`, `phone`, `date` → a text (an option's value; `yes` or `no`; a date as `YYYY-MM-DD`);
 * `multi` → the chosen values, in the order of the options; `ranking` → all values, best first;
 * `number`, `scale`, `rating`, `nps` → a number; `matrix` → row id → value.
 */
export const questionTypes = [
  'single',
  'multi',
  'text',
  'long_text',
  'email',
  'phone',
  'number',
  'date',
  'yes_no',
  'scale',
  'rating',
  'nps',
  'ranking',
  'matrix',
] as const
export type QuestionType = (typeof questionTypes)[number]

/**
 * When a question is shown, from earlier answers. `op` and `value` mean what they mean in rules (docs/rules.md): no answer
 * compares false, `is_not` is true for no answer.
 */
export type AnswerCondition =
  | { kind: 'all'; rules: AnswerCondition[] }
  | { kind: 'any'; rules: AnswerCondition[] }
  | { kind: 'not'; rule: AnswerCondition }
  | { kind: 'answer'; question: string; op: PropertyFilter['op']; value?: RuleValue | undefined }

export const answerConditionSchema: z.ZodType<AnswerCondition> = z.lazy(() =>
  z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('answer'),
      question: z.string().min(1).max(100),
      op: propertyFilterSchema.shape.op,
      value: propertyFilterSchema.shape.value,
    }),
    z.strictObject({ kind: z.literal('all'), rules: z.array(answerConditionSchema).min(1).max(20) }),
    z.strictObject({ kind: z.literal('any'), rules: z.array(answerConditionSchema).min(1).max(20) }),
    z.strictObject({ kind: z.literal('not'), rule: answerConditionSchema }),
  ]),
)

const optionSchema = z.strictObject({ value: z.string().min(1).max(200), label: z.string().max(500) })

/** The texts a question shows. */
const questionTexts = {
  text: z.string().min(1).max(1000),
  help: z.string().max(2000).optional(),
  /** Ends of a scale, for example "not at all" and "very much". */
  lowLabel: z.string().max(200).optional(),
  highLabel: z.string().max(200).optional(),
}

export const questionSchema = z.strictObject({
  id: keySchema,
  ...questionTexts,
  type: z.enum(questionTypes),
  options: z.array(optionSchema).max(200).optional(),
  /** Rows of a matrix; its options are the columns. */
  rows: z
    .array(z.strictObject({ id: keySchema, label: z.string().max(500) }))
    .max(50)
    .optional(),
  /**
   * Offers "something else" with a text of the lead's own (single and multi). It is chosen as the value `other`; what was
   * written is kept as the answer `<id>_other`.
   */
  other: z.strictObject({ label: z.string().min(1).max(200) }).optional(),
  /** First and last number of a scale; limits of a number. @default 1 and 5 for scale and rating; 0 and 10 for nps. */
  min: z.number().min(-1e12).max(1e12).optional(),
  max: z.number().min(-1e12).max(1e12).optional(),
  /** The answer is also written to this lead field. */
  field: z.string().max(63).optional(),
  required: z.boolean().default(false),
  /** Asked only then. Absent: always. */
  showWhen: answerConditionSchema.optional(),
  /** Begins a new page. */
  pageBreak: z.boolean().optional(),
})
export type Question = z.infer<typeof questionSchema>

/** One language's texts; what is absent is shown in the survey's own language. */
export const questionTranslationSchema = z.strictObject({
  text: questionTexts.text.optional(),
  help: questionTexts.help,
  lowLabel: questionTexts.lowLabel,
  highLabel: questionTexts.highLabel,
  other: z.string().max(200).optional(),
  /** Option value → label. */
  options: z.record(z.string().max(200), z.string().max(500)).optional(),
  /** Row id → label. */
  rows: z.record(z.string().max(100), z.string().max(500)).optional(),
})
export type QuestionTranslation = z.infer<typeof questionTranslationSchema>

/** BCP 47, as `leads.language` and browsers write it: `de`, `pt-BR`. */
export const languageSchema = z
  .string()
  .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/, 'Languages are written like "de" or "pt-BR".')

export const surveySchema = z.strictObject({
  key: keySchema,
  title: z.string().min(1).max(300),
  intro: z.string().max(5000).default(''),
  /** Shown to who has answered. */
  thankYou: z.string().max(5000).optional(),
  questions: z.array(questionSchema).min(1).max(100),
  /** The last day on which answers are taken, in the company's zone. */
  closesOn: z.iso.date().optional(),
  /** How long a complete answer may be changed by its lead. Absent: not at all. */
  changeWithin: durationSchema.optional(),
  /** What the texts above are written in. @default the company's language */
  language: languageSchema.optional(),
  translations: z
    .record(
      languageSchema,
      z.strictObject({
        title: z.string().min(1).max(300).optional(),
        intro: z.string().max(5000).optional(),
        thankYou: z.string().max(5000).optional(),
        questions: z.record(z.string().max(100), questionTranslationSchema).optional(),
      }),
    )
    .optional(),
  /** Nothing is asked any more; what was answered stays. */
  archived: z.boolean().optional(),
})
export type Survey = z.infer<typeof surveySchema>
