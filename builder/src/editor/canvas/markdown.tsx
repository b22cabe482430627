/**
 * As much Markdown as a note needs: headings, lists, bold, italic, code and links to the web. Made into elements, never
 * into HTML text, so that a note can do nothing but be read.
 */
import { Fragment, type ReactNode } from 'react'

export function Markdown({ text }: { text: string }) {
  return blocksOf(text).map((block, index) => {
    const key = `${String(index)} ${block.kind}`
    if (block.kind === 'list') {
      return (
        <ul key={key}>
          {block.lines.map((line, item) => (
            <li key={`${String(item)} ${line}`}>{inline(line)}</li>
          ))}
        </ul>
      )
    }
    if (block.kind === 'heading') {
      return (
        <p key={key}>
          <b>{inline(block.lines[0] ?? '')}</b>
        </p>
      )
    }
    return (
      <p key={key}>
        {block.lines.map((line, item) => (
          <Fragment key={`${String(item)} ${line}`}>
            {item === 0 ? null : <br />}
            {inline(line)}
          </Fragment>
        ))}
      </p>
    )
  })
}

interface Block {
  kind: 'text' | 'list' | 'heading'
  lines: string[]
}

function blocksOf(text: string): Block[] {
  const blocks: Block[] = []
  let open: Block | null = null
  for (const line of text.split('\n')) {
    const item = /^\s*[-*] (.*)$/.exec(line)?.[1]
    const heading = /^#{1,3} (.*)$/.exec(line)?.[1]
    const kind = item === undefined ? (heading === undefined ? 'text' : 'heading') : 'list'
    if (line.trim() === '') {
      open = null
      continue
    }
    if (open === null || open.kind !== kind || kind === 'heading') {
      open = { kind, lines: [] }
      blocks.push(open)
    }
    open.lines.push(item ?? heading ?? line)
  }
  return blocks
}

const marks = /(\*\*[^*]+\*\*|\*[^*]+\*|`[^`]+`|\[[^\]]+\]\(https?:\/\/[^)\s]+\))/

function inline(text: string): ReactNode[] {
  return text.split(marks).map((part, index) => {
    const key = `${String(index)} ${part}`
    if (index % 2 === 0) return <Fragment key={key}>{part}</Fragment>
    if (part.startsWith('**')) return <b key={key}>{part.slice(2, -2)}</b>
    if (part.startsWith('*')) return <i key={key}>{part.slice(1, -1)}</i>
    if (part.startsWith('`')) return <code key={key}>{part.slice(1, -1)}</code>
    const [, label = '', address = ''] = /^\[([^\]]+)\]\((.+)\)$/.exec(part) ?? []
    return (
      <a key={key} href={address} target="_blank" rel="noreferrer" className="nodrag nopan">
        {label}
      </a>
    )
  })
}
