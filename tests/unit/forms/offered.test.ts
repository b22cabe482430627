// What a field that takes any word offers while it is written.
import { describe, expect, test } from 'vitest'
import { offered } from '../../../builder/src/forms/offered.ts'

const items = [
  { value: 'survey_answered', label: 'Survey answered' },
  { value: 'purchased', label: 'Bought something' },
  { value: 'price_viewed', label: 'Price viewed' },
]
const groups = [
  { group: 'Seen here', items: items.slice(0, 1) },
  { group: 'Not seen yet', items: items.slice(1) },
]
const values = (written: string) =>
  offered(groups, written, items).flatMap((one) =>
    'group' in one ? one.items.map((item) => (item as { value: string }).value) : [],
  )

describe('a field for an event offers', () => {
  test.each([
    ['everything before anything is written', '', ['survey_answered', 'purchased', 'price_viewed']],
    ['everything while a known one is chosen', 'purchased', ['survey_answered', 'purchased', 'price_viewed']],
    ['those of that name', 'price_v', ['price_viewed']],
    ['those of that name, written in words', 'Survey ans', ['survey_answered']],
    ['those whose words say it', 'bought', ['purchased']],
    ['nothing for the name of another', 'kitchen_sink', []],
  ])('%s', (_, written, expected) => {
    expect(values(written)).toEqual(expected)
  })
})
