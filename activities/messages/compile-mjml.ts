/**
 * MJML into HTML, when a journey is published or previewed. MJML takes half a second and 100 MB to load, so it is loaded
 * when first needed, and never by a worker that only sends.
 */
import { readFile } from 'node:fs/promises'
import { lostLiquid, markLiquid, restoreLiquid } from './liquid-marks.ts'

/** A problem of an MJML text. `line` counts from 1, in the author's text. */
interface MjmlProblem {
  line: number
  message: string
}

export type CompiledMjml = { html: string; problems: [] } | { html: null; problems: MjmlProblem[] }

/** Rises when the same MJML would become other HTML: a new release of MJML, a change of the layout. */
export const mjmlCompilerVersion = 'mjml-5.4.1/1'

/** Colours of the layout that each company fills in; MJML takes no Liquid where it wants a colour. */
const themeColours: Readonly<Record<string, string>> = {
  '#0a11cc': '{{ mail.accent }}',
  '#0b22dd': '{{ mail.on_accent }}',
  '#0c33ee': '{{ mail.accent_on_dark }}',
}

/**
 * Compiles a whole `<mjml>` document, or pieces of its body into the company's layout. Nothing outside the text is read:
 * `mj-include` is refused. Strict: whatever MJML does not know is a problem, not a guess.
 */
export async function compileMjml(body: string): Promise<CompiledMjml> {
  const own = markLiquid(body).marked
  const problems = [...findIncludes(own), ...findUnbalanced(own)]
  if (problems.length > 0) return { html: null, problems }
  const isWhole = /<mjml[\s>]/i.test(own)
  const { before, after } = isWhole ? { before: '', after: '' } : await readFrame()
  const { html, problems: found } = await toHtml(before + body + after)
  if (found.length === 0) return { html: isWhole ? html : fillColours(html), problems: [] }
  const offset = before.split('\n').length - 1
  return { html: null, problems: found.map(({ line, message }) => ({ line: Math.max(1, line - offset), message })) }
}

/** The company's layout as `layout.liquid` keeps it: Liquid, with `%content%` where plain and HTML bodies go. */
export async function compileLayout(): Promise<string> {
  const { html, problems } = await toHtml(await readLayout())
  const [problem] = problems
  if (problem !== undefined)
    throw new Error(`The layout has a problem in line ${String(problem.line)}: ${problem.message}`)
  return `${fillColours(html)}\n`
}

async function toHtml(source: string): Promise<{ html: string; problems: MjmlProblem[] }> {
  const { marked, expressions } = markLiquid(source)
  const { default: mjml2html } = await import('mjml')
  const { html, errors } = await mjml2html(marked, {
    validationLevel: 'soft',
    keepComments: false,
    ignoreIncludes: true,
    useMjmlConfigOptions: false,
    // No web fonts: a mail that loads them tells a third party who opens it.
    fonts: {},
  })
  const problems = errors.map(({ line, message }) => ({
    line,
    message: `${restoreLiquid(message, expressions).trim().replace(/\.$/, '')}.`,
  }))
  for (const lost of problems.length > 0 ? [] : lostLiquid(html, expressions)) {
    problems.push({
      line: lineAt(source, source.indexOf(lost)),
      message: `MJML drops "${lost}" where it stands; put it inside a text, or wrap it in <mj-raw>…</mj-raw>.`,
    })
  }
  return { html: restoreLiquid(tidy(html), expressions), problems }
}

/** MJML indents generously; every mail is sent as it is, and Gmail cuts at 102 KB. */
function tidy(html: string): string {
  return html
    .replaceAll(/^[ \t]+|[ \t]+$/gm, '')
    .replaceAll(/\n{2,}/g, '\n')
    .trim()
}

function fillColours(html: string): string {
  return html.replaceAll(/#0a11cc|#0b22dd|#0c33ee/g, (colour) => themeColours[colour] ?? colour)
}

function readLayout(): Promise<string> {
  return readFile(new URL('./layout.mjml', import.meta.url), 'utf8')
}

/** What stands before and after an author's sections. */
async function readFrame(): Promise<{ before: string; after: string }> {
  const [before = '', rest = ''] = (await readLayout()).split('<!-- content -->')
  return { before: `${before}\n`, after: `\n${rest.split('<!-- /content -->')[1] ?? ''}` }
}

/** `mj-include` reads files of the server; MJML would leave it out without a word. */
function findIncludes(marked: string): MjmlProblem[] {
  return Array.from(marked.matchAll(/<mj-include\b/gi), ({ index }) => ({
    line: lineAt(marked, index),
    message: 'mj-include is not allowed; paste what it would include.',
  }))
}

/** MJML closes what is open without a word, and what follows lands in the wrong place. */
function findUnbalanced(marked: string): MjmlProblem[] {
  const withoutComments = marked.replaceAll(/<!--[\s\S]*?-->/g, (comment) => comment.replaceAll(/[^\n]/g, ' '))
  const open: { name: string; line: number }[] = []
  for (const match of withoutComments.matchAll(/<(\/?)(mjml|mj-[a-z-]+)\b(?:"[^"]*"|'[^']*'|[^"'<>])*?(\/?)>/gi)) {
    const [, slash, word = '', selfClosed] = match
    const name = word.toLowerCase()
    const line = lineAt(withoutComments, match.index)
    if (slash === '') {
      if (selfClosed === '') open.push({ name, line })
    } else if (open.at(-1)?.name === name) open.pop()
    else return [{ line, message: `</${name}> closes nothing that is open here; mend the order of the tags.` }]
  }
  const left = open.at(-1)
  return left === undefined ? [] : [{ line: left.line, message: `<${left.name}> is not closed; add </${left.name}>.` }]
}

function lineAt(text: string, index: number): number {
  return text.slice(0, Math.max(0, index)).split('\n').length
}
