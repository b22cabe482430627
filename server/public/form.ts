/** Forms of the company's website: as a page, in a frame, or as a part that trellis.js puts into the company's own page. */
import { Router, type Request, type Response } from 'express'
import { confirmConsent, readPendingConsent } from '#activities/forms/confirm-consent.ts'
import { knownDomains } from '#activities/forms/domain-lists.ts'
import { issueFormToken, readFormToken } from '#activities/forms/form-token.ts'
import { knownQuestions, type FormVisitor } from '#activities/forms/recognise.ts'
import { submitForm, type FormDependencies } from '#activities/forms/submit-form.ts'
import { readIngestSettings } from '#activities/ingest/settings.ts'
import { linkTo } from '#activities/links/personal-link.ts'
import { linkPurposes } from '#activities/links/token.ts'
import type { CompanyProfile } from '#engine/company.ts'
import { fieldsToAsk, translateForm } from '#engine/forms/ask.ts'
import { isAllowedOrigin, isAllowedTarget, type Website } from '#engine/forms/website.ts'
import type { Form, Library } from '#engine/library.ts'
import type { AnswerProblem } from '#engine/surveys/answers.ts'
import type { Answers } from '#engine/surveys/flow.ts'
import { contextOf } from '../middleware/request-context.ts'
import { fieldOf, formBody, formOf, type FormFields } from './form-body.ts'
import type { PublicFrame } from './frame.ts'
import { PageProblem } from './problem.ts'
import { givenAnswers, typedAnswers, viewQuestions } from './questions.ts'
import { limitVisitor } from './visitor-limits.ts'

/** Nobody reads and fills in a form faster; programs do. */
const fastestMs = 2000

/** Submissions from one network: of one form, and of all. A class or an office behind one address gets by. */
const perForm = { most: 20, seconds: 600 }
const perVisitor = { most: 60, seconds: 3600 }

/** What a request is about. */
interface Asked {
  /** As in the address: the form's key, or a personal link's token. */
  name: string
  form: Form
  language: string | null
  library: Library
  company: CompanyProfile
  website: Website
  visitor: FormVisitor
  isEmbedded: boolean
}

export function formRoutes(frame: PublicFrame): Router {
  const router = Router({ caseSensitive: true })
  const path = `/${linkPurposes.form}/:name`
  const deps: FormDependencies = {
    ...frame,
    domains: knownDomains,
    confirmUrl: (leadId, submissionId) =>
      linkTo(frame.links, 'confirm', { about: 'lead', id: leadId, subject: submissionId }),
  }

  router.get([path, `${path}/embed`], async (request, response) => {
    contextOf(response).route = '/f/{form}'
    await showForm(frame, await readRequest(frame, request, response), response, {})
  })
  router.get(`${path}/thanks`, async (request, response) => {
    contextOf(response).route = '/f/{form}/thanks'
    const asked = await readRequest(frame, request, response)
    await frame.show(response, {
      template: 'survey-done',
      title: 'Thank you',
      data: { lang: langOf(asked), text: thanksOf(asked.form), change: null, contact: null },
      frameAncestors: asked.website.origins,
    })
  })
  router.post([path, `${path}/embed`], ...formBody, async (request, response) => {
    contextOf(response).route = '/f/{form}'
    await take(frame, deps, request, response)
  })
  router.use(confirmRoutes(frame))
  return router
}

/** Who asks for which form. Looking changes nothing. */
async function readRequest(frame: PublicFrame, request: Request, response: Response): Promise<Asked> {
  const name = String(request.params['name'])
  const [library, company, website] = await Promise.all([
    frame.library(),
    frame.company(),
    readIngestSettings(frame.db),
  ])
  allowOrigin(request, response, website)
  const isKey = Object.hasOwn(library.forms, name)
  const visit = isKey ? null : await frame.visit('form', name)
  const found = isKey ? library.forms[name] : library.forms[visit?.content.subject ?? '']
  if (found === undefined) throw new PageProblem('unknown')
  if (found.archived === true) throw new PageProblem('gone')
  const visitor: FormVisitor =
    visit !== null && !visit.visitor.isErased
      ? { kind: 'lead', leadId: visit.visitor.leadId, isTest: visit.visitor.isTest }
      : browserOf(request.query['aid'])
  const wanted = [visit?.visitor.language ?? '', ...request.acceptsLanguages()].filter((one) => /^[a-z]/i.test(one))
  const { form, language } = translateForm(found, wanted)
  return { name, form, language, library, company, website, visitor, isEmbedded: request.path.endsWith('/embed') }
}

/** CORS (Fetch §3.2): pages of the company's own websites may read the answer; for all others the browser keeps it shut. */
function allowOrigin(request: Request, response: Response, website: Website): void {
  response.vary('Origin')
  const origin = request.get('origin')
  if (origin !== undefined && isAllowedOrigin(website, origin)) response.set('Access-Control-Allow-Origin', origin)
}

function browserOf(anonymousId: unknown): FormVisitor {
  return typeof anonymousId === 'string' && /^[A-Za-z0-9_-]{8,100}$/.test(anonymousId)
    ? { kind: 'browser', anonymousId }
    : { kind: 'stranger' }
}

interface Shown {
  answers?: Answers
  problems?: readonly AnswerProblem[]
  agreed?: ReadonlySet<string>
  notice?: string
  status?: number
}

async function showForm(frame: PublicFrame, asked: Asked, response: Response, shown: Shown): Promise<void> {
  const { form, company, website, visitor, isEmbedded, name } = asked
  const { answers = {}, problems = [], agreed = new Set(), notice = '', status = 200 } = shown
  const known = await knownQuestions(frame.db, form, asked.library, visitor)
  const fields = fieldsToAsk(form, known)
  const prefix = isEmbedded ? `trellis-${form.key}-` : ''
  const texts = new Map(fields.map(({ id, text }) => [id, text]))
  const base = frame.links.baseUrl.replace(/\/+$/, '')
  const data = {
    lang: langOf(asked),
    intro: form.intro,
    notice,
    action: isEmbedded ? `${base}/${linkPurposes.form}/${name}/embed` : `/${linkPurposes.form}/${name}`,
    token: issueFormToken(frame.links.secret, form.key, frame.now()),
    anonymousId: visitor.kind === 'browser' ? visitor.anonymousId : '',
    shown: fields.map(({ id }) => id),
    questions: viewQuestions(fields, answers, problems, prefix),
    problems: problems.map(({ question, message }) => ({
      id: `${prefix}${question}`,
      message,
      text: texts.get(question) ?? '',
    })),
    prefix,
    consents: form.consents.map(({ id, wording }) => ({ id, wording, isTicked: agreed.has(id) })),
    consentTitle: 'May we write to you?',
    submit: form.submitLabel ?? 'Send',
    privacyUrl: company.privacyUrl ?? null,
  }
  if (isEmbedded) return sendPart(response, status, await frame.render('form-embed', data))
  await frame.show(response, {
    template: 'form',
    title: form.title,
    status,
    data,
    formTargets: form.redirectUrl === undefined ? [] : [new URL(form.redirectUrl).origin],
    frameAncestors: website.origins,
  })
}

function sendPart(response: Response, status: number, html: string): void {
  response.status(status).type('html').send(html)
}

async function take(frame: PublicFrame, deps: FormDependencies, request: Request, response: Response): Promise<void> {
  const asked = await readRequest(frame, request, response)
  const { form, company, website, isEmbedded, name } = asked
  const fields = formOf(response)
  const visitor = asked.visitor.kind === 'lead' ? asked.visitor : browserOf(fieldOf(fields, 'aid'))
  const { secret } = frame.links
  await limitVisitor({ db: frame.db, secret, now: frame.now() }, request, [
    { what: `form:${form.key}`, ...perForm },
    { what: 'forms', ...perVisitor },
  ])
  const given = givenAnswers(form.fields, fields)
  const agreed = new Set(fields.get('agree') ?? [])
  const typed = typedAnswers(form.fields, given)
  const again = { ...asked, visitor }
  const token = readFormToken(secret, form.key, fieldOf(fields, 't'), frame.now())
  if (!token.ok) {
    const notice = 'This form was open for a long time. Please send it once more; what you wrote is still there.'
    return showForm(frame, again, response, { answers: typed, agreed, notice, status: 422 })
  }
  const outcome = await submitForm(deps, {
    form,
    language: asked.language,
    visitor,
    given,
    shown: new Set(fields.get('shown') ?? []),
    agreed,
    submissionId: token.submissionId,
    page: pageOf(fields, request),
    suspicion: suspicionOf(fields, frame.now() - token.issuedAt),
  })
  if (outcome.kind === 'problems') {
    const answers = { ...outcome.answers, ...typed }
    return showForm(frame, again, response, { answers, agreed, problems: outcome.problems, status: 422 })
  }
  const target = form.redirectUrl
  const go = target !== undefined && isAllowedTarget(website, target, company.website) ? target : null
  if (isEmbedded) {
    const data = { lang: langOf(asked), text: thanksOf(form), go: go ?? '' }
    return sendPart(response, 200, await frame.render('form-embed-done', data))
  }
  response.redirect(303, go ?? `/${linkPurposes.form}/${name}/thanks`)
}

/** What only programs do; null = nothing. */
function suspicionOf(fields: FormFields, tookMs: number): string | null {
  if (fieldOf(fields, 'website') !== '') return 'It filled in the field that people do not see.'
  return tookMs < fastestMs ? `It was filled in within ${String(Math.max(0, tookMs))} ms.` : null
}

/** The page a form stood on, without query and fragment, which may hold anything. */
function pageOf(fields: FormFields, request: Request): string | null {
  const text = fieldOf(fields, 'page') || (request.get('referer') ?? '')
  const url = URL.parse(text)
  return url === null || !/^https?:$/.test(url.protocol) ? null : `${url.origin}${url.pathname}`.slice(0, 500)
}

function langOf({ language, company }: Asked): string {
  return language ?? company.language
}

function thanksOf(form: Form): string {
  return form.thankYou ?? 'We have what you sent, and we will be in touch.'
}

/** Double opt-in: the link in the mail shows what was ticked; the button makes it count. */
function confirmRoutes(frame: PublicFrame): Router {
  const router = Router({ caseSensitive: true })
  const path = `/${linkPurposes.confirm}/:token`
  const title = 'Please confirm'
  router.get(path, async (request, response) => {
    contextOf(response).route = '/y/{token}'
    const { visitor, content } = await frame.visit('confirm', String(request.params['token']))
    const pending = visitor.isErased ? null : await readPendingConsent(frame.db, content.subject)
    if (pending === null) throw new PageProblem('gone')
    const { wordings, isConfirmed: isDone } = pending
    await frame.show(response, { template: 'confirm', title: isDone ? 'Confirmed' : title, data: { wordings, isDone } })
  })
  router.post(path, ...formBody, async (request, response) => {
    contextOf(response).route = '/y/{token}'
    const { visitor, content } = await frame.visit('confirm', String(request.params['token']))
    const { leadId, isErased } = visitor
    const isThere = !isErased && (await confirmConsent(frame, { submissionId: content.subject, leadId }))
    if (!isThere) throw new PageProblem('gone')
    await frame.show(response, { template: 'confirm', title: 'Confirmed', data: { wordings: [], isDone: true } })
  })
  return router
}
