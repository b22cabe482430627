/** Surveys: what is asked, and what was answered. */
import { z } from 'zod'
import { surveySchema } from '#engine/library.ts'
import { questionTypes } from '#engine/surveys/schema.ts'
import { idSchema, instantSchema, jsonSchema, pageOf, pageQuery } from './primitives.ts'
import { defineRoute } from './route.ts'

export const keyParams = z.strictObject({ key: z.string().min(1).max(100) })
const ofTestLeads = z
  .enum(['true', 'false'])
  .default('false')
  .describe('`true`: those of test leads instead of those of real ones.')

const summarySchema = z.object({
  key: z.string(),
  title: z.string(),
  questions: z.int(),
  closesOn: z.string().nullable(),
  archived: z.boolean(),
  /** Keys of live and paused journeys that name it. */
  usedBy: z.array(z.string()),
})

export const listSurveys = defineRoute({
  name: 'listSurveys',
  method: 'GET',
  path: '/api/v1/surveys',
  tag: 'Surveys',
  summary: 'All surveys, by key',
  responses: { 200: z.object({ items: z.array(summarySchema) }) },
})

export const getSurvey = defineRoute({
  name: 'getSurvey',
  method: 'GET',
  path: '/api/v1/surveys/{key}',
  tag: 'Surveys',
  summary: 'One survey',
  params: keyParams,
  responses: { 200: z.object({ survey: surveySchema, usedBy: z.array(z.string()) }) },
  problems: ['SURVEY_NOT_FOUND'],
})

export const putSurvey = defineRoute({
  name: 'putSurvey',
  method: 'PUT',
  path: '/api/v1/surveys/{key}',
  tag: 'Surveys',
  summary: 'Write a survey',
  description:
    'Replaces the whole. All problems are told at once, each at its place. What a live journey needs of it cannot be taken away. ' +
    'With `archived: true` nobody can answer any more; what was answered stays.',
  params: keyParams,
  body: surveySchema,
  responses: { 200: z.object({ survey: surveySchema, created: z.boolean() }) },
  problems: ['SURVEY_INVALID', 'RESOURCE_IN_USE'],
})

const resultSchema = z.object({
  id: z.string(),
  text: z.string(),
  type: z.enum(questionTypes),
  answered: z.int(),
  counts: z.array(z.object({ value: jsonSchema, label: z.string(), row: z.string().nullable(), count: z.int() })),
  average: z.number().nullable(),
  netPromoterScore: z.int().nullable(),
})

export const getSurveyResults = defineRoute({
  name: 'getSurveyResults',
  method: 'GET',
  path: '/api/v1/surveys/{key}/results',
  tag: 'Surveys',
  summary: 'How often each answer was given',
  params: keyParams,
  query: z.strictObject({ testLeads: ofTestLeads }),
  responses: {
    200: z.object({
      /** Begun and not sent to the end. */
      partial: z.int(),
      complete: z.int(),
      questions: z.array(resultSchema),
    }),
  },
  problems: ['SURVEY_NOT_FOUND'],
})

const responseSchema = z.object({
  id: idSchema,
  leadId: idSchema,
  /** Set when one question was asked by itself. */
  question: z.string().nullable(),
  status: z.enum(['partial', 'complete']),
  /** Question id → answer; of a partial one, what there is. */
  answers: z.record(z.string(), jsonSchema),
  language: z.string().nullable(),
  startedAt: instantSchema,
  completedAt: instantSchema.nullable(),
})
export type ResponseItem = z.infer<typeof responseSchema>

export const listSurveyResponses = defineRoute({
  name: 'listSurveyResponses',
  method: 'GET',
  path: '/api/v1/surveys/{key}/responses',
  tag: 'Surveys',
  summary: 'Responses, the latest begun first',
  description: 'As CSV, all at once: `/api/v1/surveys/{key}/responses.csv`.',
  params: keyParams,
  query: z.strictObject({ ...pageQuery, testLeads: ofTestLeads }),
  responses: { 200: pageOf(responseSchema) },
  problems: ['SURVEY_NOT_FOUND'],
})

/** CSV is no JSON, so that this one is no route of the table. */
export const responsesCsvPath = '/api/v1/surveys/:key/responses.csv'
