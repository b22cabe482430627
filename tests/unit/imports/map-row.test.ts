import { describe, expect, test } from 'vitest'
import { checkMapping } from '#activities/imports/check-mapping.ts'
import { createRowMapper, type MappedLead } from '#activities/imports/map-row.ts'
import { parseMapping } from '#activities/imports/mapping.ts'
import { emptyLibrary } from '#engine/library.ts'

const base = { format: 1, name: 'people', asOf: '2026-06-01T00:00:00Z', identities: { external_id: { column: 'Id' } } }

/** Maps rows of a file with these columns. */
function mapper(columns: string[], mapping: Record<string, unknown>) {
  const parsed = parseMapping({ ...base, ...mapping })
  const { fields } = checkMapping(parsed, { columns, repeated: [] }, emptyLibrary())
  return createRowMapper(parsed, columns, fields)
}

function lead(map: ReturnType<typeof mapper>, cells: string[]): MappedLead {
  const result = map(cells)
  if (result.kind === 'rejected') throw new Error(result.reasons.join(' '))
  return result.lead
}

describe('createRowMapper()', () => {
  test('reads "Select" and empty cells as unknown, whatever their case and blanks', () => {
    const map = mapper(['Id', 'City'], { unknown: ['Select'], fields: { city: { from: { column: 'City' } } } })
    expect(
      ['Select', ' select ', '', 'Thane  &  Outskirts'].map((city) => lead(map, ['1', city]).fields['city']),
    ).toEqual([null, null, null, 'Thane & Outskirts'])
  })

  test('computes an address from columns, and none when a column is unknown', () => {
    const map = mapper(['Id', 'Number'], { fields: { email: { from: { template: 'lead-{Number}@x.example' } } } })
    expect(lead(map, ['a', '7']).identities).toEqual([
      { kind: 'external_id', value: 'a' },
      { kind: 'email', value: 'lead-7@x.example' },
    ])
    expect(lead(map, ['a', '']).fields['email']).toBeNull()
  })

  test('rejects a row with every reason at once, in words', () => {
    const map = mapper(['Id', 'Email', 'Size', 'Plan'], {
      fields: {
        email: { from: { column: 'Email' } },
        size: { from: { column: 'Size' }, define: { label: 'Size', type: 'number' } },
        plan: {
          from: { column: 'Plan', values: { A: 'gold' }, else: 'reject' },
          define: { label: 'Plan', type: 'enum', options: ['gold'] },
        },
      },
    })
    const result = map(['1', 'not an address', 'big', 'Z'])
    expect(result).toMatchObject({ kind: 'rejected' })
    expect(result.kind === 'rejected' ? result.reasons : []).toEqual([
      expect.stringContaining('"big" does not fit the field "Size"'),
      expect.stringContaining('"Z" of column "Plan"'),
      expect.stringContaining('"not an address" is not an email address'),
    ])
    expect(map(['1', 'a@b.example', '1,234.5', 'a'])).toMatchObject({
      lead: { fields: { size: 1234.5, plan: 'gold' } },
    })
  })

  test('rejects a row of the wrong width and one with nothing to recognise the lead by', () => {
    const map = mapper(['Id', 'City'], { fields: { city: { from: { column: 'City' } } } })
    expect(map(['1'])).toMatchObject({ kind: 'rejected', reasons: ['The row has 1 cells where the header has 2.'] })
    expect(map(['', 'Bern'])).toMatchObject({
      kind: 'rejected',
      reasons: [expect.stringContaining('nothing to recognise')],
    })
  })

  test('dates events without a date back from asOf, the same on every import and different between leads', () => {
    const mapping = {
      fields: {},
      events: [{ id: 'visit', type: 'page_visited', times: { column: 'Visits' }, at: { between: ['P1D', 'P10D'] } }],
    }
    const [one, again] = [mapper(['Id', 'Visits'], mapping), mapper(['Id', 'Visits'], mapping)]
    const events = lead(one, ['a', '3']).events
    expect(events).toHaveLength(3)
    expect(lead(again, ['a', '3']).events).toEqual(events)
    expect(new Set(events.map((event) => event.dedupeKey)).size).toBe(3)
    expect(lead(one, ['b', '1']).events[0]?.occurredAt).not.toBe(events[0]?.occurredAt)
    const asOf = Date.parse(base.asOf)
    for (const { occurredAt } of events) {
      expect(occurredAt).toBeLessThanOrEqual(asOf - 86_400_000)
      expect(occurredAt).toBeGreaterThanOrEqual(asOf - 10 * 86_400_000)
    }
  })

  test('reads dates as the file writes them and refuses days that do not exist', () => {
    const map = mapper(['Id', 'Seen'], {
      fields: { seen_on: { from: { column: 'Seen', dates: 'day-first' }, define: { label: 'Seen', type: 'date' } } },
      events: [{ id: 'seen', type: 'seen', at: { column: 'Seen', dates: 'day-first' } }],
    })
    const { fields, events } = lead(map, ['1', '03/04/2026 14:30'])
    expect(fields['seen_on']).toBe('2026-04-03')
    expect(events[0]?.occurredAt).toBe(Date.parse('2026-04-03T14:30:00Z'))
    expect(map(['1', '31/02/2026']).kind).toBe('rejected')
    expect(lead(map, ['1', '']).events).toEqual([])
  })

  test('takes stage, attention, tags, sets and suppressions from conditions', () => {
    const map = mapper(['Id', 'Won', 'Tag', 'Ad', 'Press'], {
      fields: {
        seen_in: {
          from: {
            collect: [
              { when: { column: 'Ad', in: ['yes'] }, value: 'ad' },
              { when: { column: 'Press', in: ['yes'] }, value: 'press' },
            ],
          },
          define: { label: 'Seen in', type: 'set', options: ['ad', 'press'] },
        },
      },
      stage: [{ when: { column: 'Won', atLeast: 1 }, stage: 'customer' }, { stage: 'qualified' }],
      attention: [{ when: { not: { column: 'Tag', known: true } }, attention: 'cool' }],
      tags: [
        { column: 'Tag', values: { 'No answer': 'ringing', spam: null } },
        {
          tag: 'seen',
          when: {
            any: [
              { column: 'Ad', in: ['yes'] },
              { column: 'Press', in: ['yes'] },
            ],
          },
        },
      ],
      suppressions: [{ channel: 'email', when: { column: 'Tag', in: ['spam'] }, reason: 'marked as spam' }],
    })
    expect(lead(map, ['1', '1', 'no  ANSWER', 'Yes', 'yes'])).toMatchObject({
      stage: 'customer',
      attention: null,
      tags: ['ringing', 'seen'],
      fields: { seen_in: ['ad', 'press'] },
      suppressions: [],
      hasConsent: false,
    })
    expect(lead(map, ['1', '0', 'spam', 'no', ''])).toMatchObject({
      stage: 'qualified',
      tags: [],
      fields: { seen_in: null },
      suppressions: [{ channel: 'email', reason: 'marked as spam' }],
    })
  })
})

describe('parseMapping() and checkMapping()', () => {
  test('name every problem of a mapping with its place', () => {
    expect(() =>
      parseMapping({
        ...base,
        fields: { city: { from: { colum: 'City' } } },
        events: [{ id: 'X', type: 'x', at: {} }],
      }),
    ).toThrow(/fields\.city\.from[\s\S]*events\.0\.id/)
  })

  test('refuse conditions nested without end', () => {
    let when: unknown = { column: 'City', known: true }
    for (let level = 0; level < 20_000; level += 1) when = { not: when }
    expect(() => parseMapping({ ...base, tags: [], stage: [{ when, stage: 'customer' }] })).toThrow(/nested too deeply/)
  })

  test('name columns the file lacks, and how to tell repeated ones apart', () => {
    const mapping = parseMapping({ ...base, fields: { email: { from: { column: 'Email' } } } })
    const header = { columns: ['Email #1', 'Email #2'], repeated: ['Email'] }
    expect(() => checkMapping(mapping, header, emptyLibrary())).toThrow(
      /column "Id", which the file does not have[\s\S]*write "Email #1" for the first/,
    )
  })

  test('refuse fields that are unknown, of another type, or kept by Trellis', () => {
    const from = { constant: 'x' }
    const library = emptyLibrary()
    library.fields['size'] = { key: 'size', label: 'Size', type: 'number' }
    const mapping = parseMapping({
      ...base,
      fields: { stage: { from }, nowhere: { from }, size: { from, define: { label: 'Size', type: 'text' } } },
    })
    expect(() => checkMapping(mapping, { columns: ['Id'], repeated: [] }, library)).toThrow(
      /"stage" cannot be written[\s\S]*no field "nowhere"[\s\S]*"size" is a number/,
    )
  })

  test('report the columns nobody looks at, and the options a field gains', () => {
    const library = emptyLibrary()
    library.fields['plan'] = { key: 'plan', label: 'Plan', type: 'enum', options: ['gold'] }
    const mapping = parseMapping({
      ...base,
      fields: { plan: { from: { column: 'Plan' }, define: { label: 'Plan', type: 'enum', options: ['gold', 'tin'] } } },
      ignore: ['Fax'],
    })
    const checked = checkMapping(mapping, { columns: ['Id', 'Plan', 'Fax', 'Shoe'], repeated: [] }, library)
    expect(checked.unmapped).toEqual(['Shoe'])
    expect(checked.define).toEqual([{ key: 'plan', label: 'Plan', type: 'enum', options: ['gold', 'tin'] }])
  })
})
