/** What can be wrong with a visit, and what the friendly page says. */

/** Thrown by handlers of public pages; the frame answers with a page. */
export class PageProblem extends Error {
  readonly kind: PageProblemKind

  constructor(kind: PageProblemKind, cause?: unknown) {
    super(`The page was refused: ${kind}.`, { cause })
    this.name = 'PageProblem'
    this.kind = kind
  }
}

interface Apology {
  status: number
  title: string
  /** What happened and what to do, in the visitor's words. */
  text: string
}

/**
 * `forged` links answer 404 like unknown pages: whether a token was ever ours is nobody's business. `expired`, `used` and
 * `gone` are 410: they were, and asking again will not help.
 */
export const apologies = {
  forged: {
    status: 404,
    title: 'This link does not work',
    text: 'Part of the address may be missing: mail programs sometimes break long links. Please open it from the message once more, or copy the whole address.',
  },
  unknown: {
    status: 404,
    title: 'There is no such page',
    text: 'Please check the address, or use the link in our message.',
  },
  expired: {
    status: 410,
    title: 'This link has expired',
    text: 'It was valid for a limited time, which is over. Links in later messages work; or just reply to one of ours.',
  },
  used: {
    status: 410,
    title: 'This was done already',
    text: 'The link works once, and it has been used. There is nothing left for you to do.',
  },
  gone: {
    status: 410,
    title: 'This is no longer here',
    text: 'What the link led to has been removed. You need not do anything.',
  },
  not_allowed: { status: 403, title: 'This is not possible', text: 'Please use the link in our message.' },
  unreadable: {
    status: 400,
    title: 'We could not read that',
    text: 'What was sent was cut short or too long. Please go back and try once more.',
  },
  too_many: {
    status: 429,
    title: 'One moment, please',
    text: 'There were many requests from your network just now. Please try again in a minute.',
  },
  unavailable: {
    status: 503,
    title: 'We are not available right now',
    text: 'Nothing of what you entered was saved. Please try again in a minute.',
  },
  fault: {
    status: 500,
    title: 'Something went wrong on our side',
    text: 'It is our fault, not yours. Please try again in a minute.',
  },
} satisfies Record<string, Apology>
export type PageProblemKind = keyof typeof apologies
