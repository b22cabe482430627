/**
 * The frame of all public pages: what leads see without signing in. Server-rendered, without scripts, in the company's
 * colours. Whoever opens a page proves with its token that it was sent to them; there are no cookies.
 */
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { Response } from 'express'
import { Liquid } from 'liquidjs'
import type { LinkOptions } from '#activities/links/personal-link.ts'
import { readToken, type LinkPurpose, type TokenContent } from '#activities/links/token.ts'
import type { Poker } from '#activities/poker.ts'
import type { Database } from '#db/client.ts'
import { readCompanyProfile } from '#db/repositories/company-profile.ts'
import { findVisitor, type Visitor } from '#db/repositories/visitors.ts'
import { emptyCompanyProfile, type CompanyProfile } from '#engine/company.ts'
import type { Library } from '#engine/library.ts'
import { apologies, PageProblem, type PageProblemKind } from './problem.ts'
import { themeOf } from './theme.ts'

/** What public pages are made of. */
export interface PublicDependencies {
  db: Database
  poker: Poker
  library: () => Promise<Library>
  links: LinkOptions
  /** Where files that leads download lie; null = there are none. */
  filesFolder: string | null
  /** UTC ms. */
  now: () => number
}

/** One page. Everything in `data` is escaped by the template; names it does not have are errors. */
interface Page {
  /** File in `templates/`, without its ending. */
  template: string
  title: string
  data?: object
  /** @default 200 */
  status?: number
  /** Origins besides our own that a form of this page may end at (a redirect after POST counts, too). @default [] */
  formTargets?: readonly string[]
  /** Origins whose pages may show this one in a frame. @default [] */
  frameAncestors?: readonly string[]
}

/** A visit whose token was good. */
export interface Visit {
  visitor: Visitor
  content: Required<TokenContent>
}

export interface PublicFrame extends PublicDependencies {
  /** The company as it presents itself now. */
  company(): Promise<CompanyProfile>
  /** Answers with a page in the company's colours. */
  show(response: Response, page: Page): Promise<void>
  /** A template alone, without the frame around it: what other pages embed. Escapes as `show` does. */
  render(template: string, data: object): Promise<string>
  /** Answers with a friendly page about what is wrong. */
  apologise(response: Response, kind: PageProblemKind): Promise<void>
  /**
   * Who opens the page. An erased lead is a visitor, too: each page says what that means for it.
   * @throws {PageProblem} when the token is forged or expired, or nothing is left of what it was about.
   */
  visit(purpose: LinkPurpose, token: string): Promise<Visit>
}

const templates = fileURLToPath(new URL('templates', import.meta.url))

/** One frame for all public routes of an application. */
export function createPublicFrame(dependencies: PublicDependencies): PublicFrame {
  const { db, links, now } = dependencies
  const liquid = new Liquid({
    root: templates,
    extname: '.liquid',
    cache: true,
    outputEscape: 'escape',
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    timezoneOffset: 'UTC',
  })

  const show = async (response: Response, page: Page): Promise<void> => {
    const { template, title, data = {}, status = 200, formTargets = [], frameAncestors = [] } = page
    const company = await profileOf(db)
    const nonce = randomBytes(16).toString('base64')
    const scope = { ...data, title, nonce, company: companyScope(company), theme: themeOf(company.accentColour) }
    const html = (await liquid.renderFile(template, scope)) as string
    response
      .status(status)
      .set({
        'Content-Security-Policy': pagePolicy({ nonce, logoUrl: company.logoUrl, formTargets, frameAncestors }),
        'X-Robots-Tag': 'noindex, nofollow',
      })
      .type('html')
      .send(html)
  }

  return {
    ...dependencies,
    company: () => readCompanyProfile(db),
    show,
    render: async (template, data) => (await liquid.renderFile(template, data)) as string,
    apologise: (response, kind) => {
      const { status, title, text } = apologies[kind]
      return show(response, { template: 'message', title, status, data: { text } })
    },
    visit: async (purpose, token) => {
      const read = readToken(links, purpose, token, now())
      if (!read.ok) throw new PageProblem(read.reason)
      const visitor = await findVisitor(db, read.content)
      if (visitor === null) throw new PageProblem('gone')
      return { visitor, content: read.content }
    },
  }
}

/** Even with the database away there is a page, if a plain one. */
async function profileOf(db: Database): Promise<CompanyProfile> {
  try {
    return await readCompanyProfile(db)
  } catch {
    return { ...emptyCompanyProfile(), name: '' }
  }
}

/** Absent settings as null: templates know every name. */
function companyScope({ name, postalAddress, website, privacyUrl, logoUrl, language }: CompanyProfile) {
  return {
    name,
    postalAddress,
    website: website ?? null,
    privacyUrl: privacyUrl ?? null,
    logoUrl: logoUrl ?? null,
    language,
  }
}

/**
 * Only what the page itself says: our own style, the company's logo, forms to ourselves. No scripts, no frames. Browsers hold redirects
 * after a form to `form-action` as well, hence `formTargets`.
 */
function pagePolicy(options: {
  nonce: string
  logoUrl: string | undefined
  formTargets: readonly string[]
  frameAncestors: readonly string[]
}): string {
  const { nonce, logoUrl, formTargets, frameAncestors } = options
  const logoOrigin = logoUrl === undefined ? '' : ` ${new URL(logoUrl).origin}`
  return [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    `img-src 'self'${logoOrigin}`,
    ["form-action 'self'", ...formTargets].join(' '),
    "base-uri 'none'",
    ['frame-ancestors', ...(frameAncestors.length === 0 ? ["'none'"] : frameAncestors)].join(' '),
  ].join('; ')
}
