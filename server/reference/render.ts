/** An OpenAPI document → a page to read: operations by tag, what they need, take and answer, and the shapes. */
import type { JsonObject } from '../contract/openapi.ts'

interface Parameter {
  name: string
  in: string
  required: boolean
  schema: JsonObject
}
interface Content {
  [type: string]: { schema: JsonObject; example?: unknown }
}
interface Operation {
  operationId: string
  tags: string[]
  summary: string
  description?: string
  security: Record<string, string[]>[]
  parameters: Parameter[]
  requestBody?: { content: Content }
  responses: Record<string, { description: string; content?: Content }>
}

/** Text as HTML shows it. */
function html(value: unknown): string {
  return String(value).replaceAll(/[&<>"']/g, (character) => `&#${String(character.codePointAt(0))};`)
}

/** Text in which backticks mark code. */
function prose(value: string): string {
  return html(value).replaceAll(
    /`([^`]+)`|&#96;([^&]+)&#96;/g,
    (_, plain: string, coded: string) => `<code>${plain ?? coded}</code>`,
  )
}

/** @param document as `buildOpenApi` makes it */
export function renderReference(document: JsonObject): string {
  const { info, paths, components } = document as unknown as {
    info: { title: string; version: string; description: string }
    paths: Record<string, Record<string, Operation>>
    components: { schemas: Record<string, JsonObject> }
  }
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
  const byTag = Map.groupBy(operations, ({ operation }) => operation.tags[0] ?? 'Other')
  const navigation = [...byTag]
    .map(
      ([tag, list]) =>
        `<li><a href="#${anchor(tag)}">${html(tag)}</a><ul>${list
          .map(
            ({ operation: { operationId, summary } }) =>
              `<li><a href="#${html(operationId)}">${html(summary)}</a></li>`,
          )
          .join('')}</ul></li>`,
    )
    .join('')
  const body = [...byTag]
    .map(
      ([tag, list]) =>
        `<section><h2 id="${anchor(tag)}">${html(tag)}</h2>${list.map(renderOperation).join('')}</section>`,
    )
    .join('')
  const shapes = Object.entries(components.schemas)
    .map(
      ([name, schema]) =>
        `<details id="shape-${html(name)}"><summary>${html(name)}</summary>${renderJson(schema)}</details>`,
    )
    .join('')
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${html(info.title)} API ${html(info.version)}</title><style>${style}</style></head><body>
<nav aria-label="Operations"><p><strong>${html(info.title)} API</strong><br><small>${html(info.version)}</small></p>
<ul><li><a href="#access">Access</a></li>${navigation}<li><a href="#shapes">Shapes</a></li></ul></nav>
<main><h1>${html(info.title)} API</h1><p>${prose(info.description)}</p>
<p>As a file for programs: <a href="/api/v1/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
<h2 id="access">Access</h2><p>${prose(accessText)}</p>
${body}<section><h2 id="shapes">Shapes</h2>${shapes}</section></main></body></html>`
}

const accessText =
  'Programs send a key: `Authorization: Bearer trl_…`; `trellis keys create` makes one, with the rights it needs. People sign in. ' +
  'Each operation names the right it asks for. Trackers send a website’s key as the user name of Basic authorization, or as `writeKey`.'

function renderOperation({ path, method, operation }: { path: string; method: string; operation: Operation }): string {
  const { operationId, summary, description, security, parameters, requestBody, responses } = operation
  const rights = [...new Set(security.flatMap((way) => Object.values(way).flat()))]
  const answers = Object.entries(responses)
    .map(
      ([status, { description: text, content = {} }]) =>
        `<tr><th scope="row">${html(status)}</th><td>${prose(text)} ${Object.values(content)
          .map(({ schema }) => shape(schema))
          .join(' ')}</td></tr>`,
    )
    .join('')
  return `<article id="${html(operationId)}"><h3>${html(summary)}</h3>
<p class="path"><b class="${method.toLowerCase()}">${method}</b> <code>${html(path)}</code></p>
<p class="right">${rights.length === 0 ? 'Open to everybody.' : `Right: ${rights.map((right) => `<code>${html(right)}</code>`).join(', ')}`}</p>
${description === undefined ? '' : `<p>${prose(description)}</p>`}
${parameters.length === 0 ? '' : `<table><caption>Parameters</caption>${parameters.map(renderParameter).join('')}</table>`}
${requestBody === undefined ? '' : renderBody(requestBody.content)}
<details><summary>Answers</summary><table>${answers}</table></details></article>`
}

function renderParameter({ name, in: place, required, schema }: Parameter): string {
  const { description, ...rest } = schema
  const about = typeof description === 'string' ? prose(description) : ''
  return `<tr><th scope="row"><code>${html(name)}</code></th><td>${html(place)}${required ? ', required' : ''}. ${about} <small>${html(brief(rest))}</small></td></tr>`
}

function renderBody(content: Content): string {
  return Object.values(content)
    .map(
      ({ schema, example }) =>
        `<p>Body: ${shape(schema)}</p>${example === undefined ? '' : `<pre><code>${html(JSON.stringify(example, null, 2))}</code></pre>`}`,
    )
    .join('')
}

function shape(schema: JsonObject): string {
  const { $ref } = schema
  if (typeof $ref !== 'string') return `<small>${html(brief(schema))}</small>`
  const name = $ref.split('/').at(-1) ?? ''
  return `<a href="#shape-${html(name)}">${html(name)}</a>`
}

/** `string, 1 to 200 characters`, as far as it is short to say. */
function brief(schema: JsonObject): string {
  const { type, enum: choices, minimum, maximum, maxLength, default: fallback, format } = schema
  return [
    Array.isArray(choices) ? choices.join(' | ') : type,
    format,
    minimum === undefined ? null : `from ${JSON.stringify(minimum)}`,
    maximum === undefined ? null : `to ${JSON.stringify(maximum)}`,
    maxLength === undefined ? null : `at most ${JSON.stringify(maxLength)} characters`,
    fallback === undefined ? null : `default ${JSON.stringify(fallback)}`,
  ]
    .filter((part) => typeof part === 'string')
    .join(', ')
}

/** JSON in which references are links. */
function renderJson(schema: JsonObject): string {
  // Between tags quotes may stay as they are; escaped, they would be a sixth of the page.
  const text = JSON.stringify(schema, null, 2).replaceAll(/[&<>]/g, html)
  const linked = text.replaceAll(
    /"#\/components\/schemas\/(\w+)"/g,
    (_, name: string) => `<a href="#shape-${name}">${name}</a>`,
  )
  return `<pre><code>${linked}</code></pre>`
}

function anchor(tag: string): string {
  return `tag-${tag.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`
}

const style = `
:root{color-scheme:light dark;--line:#8884;--soft:#8881;--link:light-dark(#1c5fb8,#7db4ff)}
*{box-sizing:border-box}body{margin:0;font:16px/1.55 system-ui,sans-serif;display:grid;grid-template-columns:300px minmax(0,1fr)}
nav{position:sticky;top:0;height:100vh;overflow:auto;padding:16px 20px;border-right:1px solid var(--line);font-size:14px}
nav ul{list-style:none;padding:0;margin:0}nav li{margin:4px 0}nav ul ul{padding-left:12px}
main{padding:24px 32px 96px;max-width:860px}a{color:var(--link)}h2{margin-top:48px;border-bottom:1px solid var(--line)}
article{padding:16px 0;border-bottom:1px solid var(--line)}h3{margin:0 0 4px}p{margin:6px 0}
code{font:13px/1.5 ui-monospace,monospace;background:var(--soft);padding:1px 4px;border-radius:4px;overflow-wrap:anywhere}
pre{overflow:auto;background:var(--soft);padding:12px;border-radius:8px}pre code{background:none;padding:0}
.path b{display:inline-block;min-width:58px;font:600 13px ui-monospace,monospace}.right{font-size:14px}
table{border-collapse:collapse;width:100%;font-size:14px;margin:8px 0}caption{text-align:left;font-weight:600}
th,td{text-align:left;vertical-align:top;padding:6px 8px;border-top:1px solid var(--line)}th{white-space:nowrap;font-weight:500}
details summary{cursor:pointer;padding:4px 0}
@media(max-width:760px){body{display:block}nav{position:static;height:auto;max-height:45vh;border-right:0;border-bottom:1px solid var(--line)}main{padding:16px}th{white-space:normal}}
`
