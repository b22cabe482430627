/** The same numbers as a river: from step to step, and at the right what became of everybody. The table says the same. */
import { SegmentedControl, Text } from '@mantine/core'
import { sankey, sankeyJustify, sankeyLinkHorizontal } from 'd3-sankey'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { JourneyDocument } from '#engine/graph/document.ts'
import type { JourneyStatistics } from '#server/contract/journey-statistics.ts'
import { categoryLooks } from '../../ui/step-look.ts'
import { Empty, Loaded } from '../../ui/states.tsx'
import { formatNumber } from '../../ui/words.ts'
import { useCatalogue } from '../editor-context.tsx'
import { buildFlow, type FlowLink, type FlowNode } from './flow.ts'
import { LiveCanvas, type LiveCanvasProps } from './live-canvas.tsx'
import { useStatistics } from './live-queries.ts'
import { changeView, type LiveView } from './live-view.ts'
import classes from './live.module.css'

export function FlowTab(props: LiveCanvasProps) {
  const { view, scope, document } = props
  const { t } = useTranslation()
  const statistics = useStatistics(scope)
  const [form, setForm] = useState<'picture' | 'table'>('picture')
  return (
    <>
      <div className={classes['river']} data-has-canvas={view.isOnly}>
        <SegmentedControl
          size="xs"
          aria-label={t('Form')}
          data={[
            { value: 'picture', label: t('Picture') },
            { value: 'table', label: t('Table') },
          ]}
          value={form}
          onChange={(value) => setForm(value as 'picture' | 'table')}
        />
        <Loaded query={statistics} rows={8}>
          {(data) => <Flow view={view} document={document} statistics={data} form={form} />}
        </Loaded>
      </div>
      {view.isOnly ? (
        <div className={classes['filtered']}>
          <LiveCanvas {...props} />
        </div>
      ) : null}
    </>
  )
}

interface FlowProps {
  view: LiveView
  document: JourneyDocument
  statistics: JourneyStatistics
  form: 'picture' | 'table'
}

function Flow({ view, document, statistics, form }: FlowProps) {
  const { t } = useTranslation()
  const catalogue = useCatalogue()
  const flow = useMemo(() => buildFlow(document.graph, statistics), [document, statistics])
  const nameOf = useMemo(() => {
    const nodes = new Map(document.graph.nodes.map((node) => [node.id, node]))
    const titleOf = (id: string | null) => {
      const node = id === null ? undefined : nodes.get(id)
      return node === undefined ? (id ?? '') : catalogue.titleOf(node)
    }
    return ({ kind, stepId }: FlowNode): string => {
      const words = {
        step: titleOf(stepId),
        goal: t('Reached the goal'),
        ended: t('Came to an end'),
        early: t('Left early'),
        here: t('Still on their way'),
        back: t('Back to {{step}}', { step: titleOf(stepId) }),
      }
      return words[kind]
    }
  }, [document, catalogue, t])
  const colourOf = ({ kind, stepId }: FlowNode): string => {
    if (kind === 'goal') return 'var(--good)'
    if (kind === 'early') return 'var(--error)'
    const node = document.graph.nodes.find(({ id }) => id === stepId)
    return kind === 'step' && node !== undefined ? categoryLooks[catalogue.categoryOf(node)].color : 'var(--control)'
  }
  if (flow.links.length === 0) {
    return <Empty title={t('Nobody moved in this time')}>{t('Choose a longer time or another version.')}</Empty>
  }
  const isChosen = ({ stepId, what, port }: FlowLink) =>
    view.step === stepId && view.what === what && (what !== 'left' || view.port === port)
  // A second click on the same band takes the filter away again.
  const choose = (link: FlowLink) =>
    changeView(
      isChosen(link)
        ? { step: null, what: null, port: null, only: null }
        : { step: link.stepId, what: link.what, port: link.port, only: '1' },
    )
  const shared = { flow, nameOf, isChosen, choose }
  return form === 'table' ? <FlowTable {...shared} /> : <River {...shared} colourOf={colourOf} />
}

interface FormProps {
  flow: { nodes: FlowNode[]; links: FlowLink[] }
  nameOf: (node: FlowNode) => string
  isChosen: (link: FlowLink) => boolean
  choose: (link: FlowLink) => void
}

const columnWidth = 176
/** Drawn at its own size and scrolled, so that words stay as large as elsewhere. */
const leastWidth = 860
const rowHeight = 44
/** Characters that fit between two columns, at 12 px. */
const mostLetters = 24

function River({ flow, nameOf, isChosen, choose, colourOf }: FormProps & { colourOf: (node: FlowNode) => string }) {
  const { t } = useTranslation()
  const drawn = useMemo(() => {
    const height = Math.max(320, Math.min(1600, flow.nodes.length * rowHeight))
    const width = Math.max(leastWidth, columnsOf(flow.links) * columnWidth + 16)
    const layout = sankey<FlowNode, FlowLink>()
      .nodeId(({ id }) => id)
      .nodeAlign(sankeyJustify)
      .nodeWidth(10)
      .nodePadding(22)
      .extent([
        [4, 8],
        [width - columnWidth, height - 8],
      ])
    // It writes into what it is given.
    return {
      height,
      width,
      ...layout({ nodes: flow.nodes.map((node) => ({ ...node })), links: flow.links.map((link) => ({ ...link })) }),
    }
  }, [flow])
  const path = sankeyLinkHorizontal()
  return (
    <div className={classes['scroll']}>
      <Text size="xs" c="dimmed" my={8}>
        {t('A band filters the drawing below and opens its leads. As a table: the switch above.')}
      </Text>
      <svg
        className={classes['sankey']}
        viewBox={`0 0 ${String(drawn.width)} ${String(drawn.height)}`}
        width={drawn.width}
        height={drawn.height}
        role="group"
        aria-label={t('Leads from step to step')}
      >
        {drawn.links.map((link, index) => {
          const source = link.source as unknown as FlowNode
          const target = link.target as unknown as FlowNode
          const label = `${nameOf(source)} → ${nameOf(target)}: ${formatNumber(link.value)}`
          return (
            // Two ways may lead to the same step.
            <g key={index}>
              <path
                className={classes['band']}
                data-chosen={isChosen(flow.links[index] ?? (link as unknown as FlowLink))}
                d={path(link) ?? ''}
                stroke={colourOf(target.kind === 'step' ? source : target)}
                strokeWidth={Math.max(1.5, link.width ?? 0)}
                role="button"
                tabIndex={0}
                aria-label={label}
                onClick={() => choose(flow.links[index] ?? (link as unknown as FlowLink))}
                onKeyDown={(event) => {
                  if (event.key !== 'Enter' && event.key !== ' ') return
                  event.preventDefault()
                  choose(flow.links[index] ?? (link as unknown as FlowLink))
                }}
              >
                <title>{label}</title>
              </path>
            </g>
          )
        })}
        {drawn.nodes.map((node) => {
          const { x0 = 0, x1 = 0, y0 = 0, y1 = 0, value = 0 } = node
          return (
            <g key={node.id}>
              <rect x={x0} y={y0} width={x1 - x0} height={Math.max(1, y1 - y0)} rx={2} fill={colourOf(node)} />
              <text x={x1 + 6} y={(y0 + y1) / 2} dominantBaseline="middle">
                {shorten(nameOf(node))} <tspan>{formatNumber(value)}</tspan>
                <title>{nameOf(node)}</title>
              </text>
            </g>
          )
        })}
      </svg>
    </div>
  )
}

function shorten(name: string): string {
  return name.length > mostLetters ? `${name.slice(0, mostLetters - 4).trimEnd()}…` : name
}

/** Steps in a row on the longest way, and the ends. */
function columnsOf(links: readonly FlowLink[]): number {
  const next = Map.groupBy(links, ({ source }) => source)
  const known = new Map<string, number>()
  const length = (id: string): number => {
    const found = known.get(id)
    if (found !== undefined) return found
    const longest = 1 + Math.max(0, ...(next.get(id) ?? []).map(({ target }) => length(target)))
    known.set(id, longest)
    return longest
  }
  return Math.max(2, ...links.map(({ source }) => length(source)))
}

function FlowTable({ flow, nameOf, isChosen, choose }: FormProps) {
  const { t } = useTranslation()
  const nodes = new Map(flow.nodes.map((node) => [node.id, node]))
  const nameById = (id: string) => {
    const node = nodes.get(id)
    return node === undefined ? id : nameOf(node)
  }
  return (
    <table className={classes['ways']}>
      <thead>
        <tr>
          <th scope="col">{t('From')}</th>
          <th scope="col" style={{ textAlign: 'start' }}>
            {t('To')}
          </th>
          <th scope="col">{t('Leads')}</th>
        </tr>
      </thead>
      <tbody>
        {flow.links.map((link) => (
          <tr key={`${link.source} ${link.target} ${String(link.port)}`}>
            <td>{nameById(link.source)}</td>
            <td style={{ textAlign: 'start' }}>{nameById(link.target)}</td>
            <td>
              <button
                type="button"
                className={`${classes['number'] ?? ''} ${classes['plain'] ?? ''}`}
                aria-pressed={isChosen(link)}
                onClick={() => choose(link)}
              >
                {formatNumber(link.value)}
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
