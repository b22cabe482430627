import { describe, expect, test } from 'vitest'
import { allowListEntrySchema, mayReach } from '#engine/allow-list.ts'
import { judgeMail, noMail, sendingLimitsSchema } from '#engine/sending-limits.ts'

const limits = sendingLimitsSchema.parse({})

describe('when a journey’s mail is stopped', () => {
  test.each([
    ['99 mails with 50 bounces are too few to judge', { accepted: 99, hardBounces: 50 }, null],
    ['4 bounces of 100', { accepted: 100, hardBounces: 4 }, null],
    ['5 bounces of 100', { accepted: 100, hardBounces: 5 }, /^5 of 100 mails .* bounced \(5 %; the limit is 5 %\)/],
    ['one complaint of 100', { accepted: 100, complaints: 1 }, null],
    ['2 complaints of 667', { accepted: 667, complaints: 2 }, null],
    ['2 complaints of 666', { accepted: 666, complaints: 2 }, /^2 of 666 mails .* reported as spam \(0\.3 %/],
    ['19 refusals of 100', { accepted: 81, refused: 19 }, null],
    ['20 refusals of 100', { accepted: 80, refused: 20 }, /^20 of 100 mails .* refused by the mail provider/],
    ['soft bounces', { accepted: 100, softBounces: 90 }, null],
  ])('%s', (_, counts, expected) => {
    const reason = judgeMail({ ...noMail, ...counts }, limits)
    if (expected === null) expect(reason).toBeNull()
    else expect(reason).toMatch(expected)
  })
})

describe('whom real mail reaches', () => {
  const off = { liveSending: false, allowList: ['ada@example.org', 'company.example'] }
  test.each([
    ['ada@example.org', true],
    [' ADA@Example.org ', true],
    ['bob@company.example', true],
    ['bob@sub.company.example', false],
    ['company.example', false],
    ['bob@notcompany.example', false],
    ['eve@example.org', false],
    [null, false],
  ])('with live sending off: %s %s', (address, expected) => {
    expect(mayReach(off, 'email', address)).toBe(expected)
  })

  test('with live sending on: everybody; notices only who has an address', () => {
    const on = { liveSending: true, allowList: [] }
    expect(mayReach(on, 'email', 'eve@example.org')).toBe(true)
    expect([mayReach(on, 'notification', 'sales'), mayReach(on, 'notification', 'ada@example.org')]).toEqual([
      false,
      true,
    ])
  })

  test.each([
    ['Anna@Example.org', 'anna@example.org'],
    [' example.org ', 'example.org'],
  ])('an entry "%s" is kept as "%s"', (given, kept) => expect(allowListEntrySchema.parse(given)).toBe(kept))
  test.each(['', '@', 'anna@', '@example.org', 'a b@example.org', 'a@b@example.org', 'example', '*.example.org'])(
    'an entry "%s" is refused',
    (given) => expect(allowListEntrySchema.safeParse(given).success).toBe(false),
  )
})
