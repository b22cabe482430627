/** What people note about leads, the cues they note it by, and tags. Journeys react to all three. */
import { z } from 'zod'
import { idParams, idSchema, instantSchema } from './primitives.ts'
import { defineRoute } from './route.ts'

const cueKeySchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'Keys are lower-case letters, digits, "-" and "_", at most 63.')

const cueSchema = z.strictObject({
  key: cueKeySchema,
  /** What people choose: "Call me in spring". */
  label: z.string().trim().min(1).max(120),
  /** Whether it comes with a day. */
  date: z.enum(['none', 'optional', 'required']).default('none'),
  /** A lead field of type date that the day is written to, so that journeys can wait until it. */
  field: z.string().max(63).nullable().default(null),
})

const noteSchema = z.object({
  id: z.string(),
  cue: z.object({ key: z.string(), label: z.string() }).nullable(),
  /** The day the cue is about. */
  date: z.iso.date().nullable(),
  body: z.string(),
  actor: z.string(),
  at: instantSchema,
})

export const listCues = defineRoute({
  name: 'listCues',
  method: 'GET',
  path: '/api/v1/cues',
  tag: 'Leads',
  summary: 'The cues people can note',
  responses: { 200: z.object({ items: z.array(cueSchema) }) },
})

export const saveCues = defineRoute({
  name: 'saveCues',
  method: 'PUT',
  path: '/api/v1/cues',
  tag: 'Leads',
  scope: 'settings:write',
  summary: 'Set the cues people can note, all of them',
  description: 'A cue that is left out can no longer be noted; notes that have it keep it.',
  body: z.strictObject({ items: z.array(cueSchema).max(200) }),
  responses: { 200: z.object({ items: z.array(cueSchema) }) },
  problems: ['CUE_INVALID'],
})

export const listNotes = defineRoute({
  name: 'listNotes',
  method: 'GET',
  path: '/api/v1/leads/{id}/notes',
  tag: 'Leads',
  summary: 'The latest 100 notes on a lead, newest first',
  description: 'All of them are in its timeline.',
  params: idParams,
  responses: { 200: z.object({ items: z.array(noteSchema) }) },
  problems: ['LEAD_NOT_FOUND'],
})

export const addNote = defineRoute({
  name: 'addNote',
  method: 'POST',
  path: '/api/v1/leads/{id}/notes',
  tag: 'Leads',
  summary: 'Note something about a lead',
  params: idParams,
  body: z.strictObject({ body: z.string().trim().min(1).max(5000) }),
  responses: { 201: z.object({ leadId: idSchema }) },
  problems: ['LEAD_NOT_FOUND'],
})

export const addCue = defineRoute({
  name: 'addCue',
  method: 'POST',
  path: '/api/v1/leads/{id}/cues',
  tag: 'Leads',
  summary: 'Note a cue, with its day where it has one',
  description:
    'Starts the journeys that begin with this cue, answers waits for the event `cue_noted` (property `cue`), and writes ' +
    'the day to the cue’s field, on which journeys may wait or start.',
  params: idParams,
  body: z.strictObject({
    cue: cueKeySchema,
    date: z.iso.date().optional(),
    body: z.string().trim().max(5000).default(''),
  }),
  responses: { 201: z.object({ leadId: idSchema }) },
  problems: ['LEAD_NOT_FOUND', 'CUE_INVALID'],
})

const tagSchema = z.string().trim().min(1).max(100)

export const changeTags = defineRoute({
  name: 'changeTags',
  method: 'POST',
  path: '/api/v1/leads/{id}/tags',
  tag: 'Leads',
  summary: 'Add tags to a lead, and take tags away',
  params: idParams,
  body: z.strictObject({
    add: z.array(tagSchema).max(100).default([]),
    remove: z.array(tagSchema).max(100).default([]),
  }),
  responses: { 200: z.object({ leadId: idSchema, tags: z.array(z.string()) }) },
  problems: ['LEAD_NOT_FOUND'],
})
