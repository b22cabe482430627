import { expect, test } from 'vitest'
import { isHoliday } from '#engine/compliance/holidays.ts'
import { dayNumber } from '#engine/schedule/calendar.ts'

test('holidays fall where they fall: fixed, by weekday, by Easter, and on the working day they are observed on', () => {
  const day = (text: string): number => {
    const [year = 0, month = 0, date = 0] = text.split('-').map(Number)
    return dayNumber({ year, month, day: date })
  }
  const thanksgivingAndMore = ['2026-11-26', '2026-07-03', '2026-07-04', '2027-12-31', '2026-05-25', '2026-01-19']
  expect(thanksgivingAndMore.filter((text) => !isHoliday(day(text), 'us_federal'))).toEqual([])
  expect(['2026-11-27', '2026-07-06'].filter((text) => isHoliday(day(text), 'us_federal'))).toEqual([])
  expect(['2026-04-06', '2026-05-14', '2026-05-25'].filter((text) => !isHoliday(day(text), 'fr'))).toEqual([])
  expect(['2026-04-03', '2027-03-26'].filter((text) => !isHoliday(day(text), 'es_national'))).toEqual([])
  expect(['2026-12-26', '2026-12-28', '2026-04-27'].filter((text) => !isHoliday(day(text), 'au_national'))).toEqual([])
})
