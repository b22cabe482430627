/** What the canvas does to the journey: each an edit of the store with its name, and what a screen reader hears of it. */
import { snap } from '#engine/graph/arrange.ts'
import { copySteps, pasteSteps } from '#engine/graph/clipboard.ts'
import { findNode, freshId, refuseConnection, type JourneyDocument, type Point } from '#engine/graph/document.ts'
import * as edit from '#engine/graph/edit.ts'
import { moveStep } from '#engine/graph/move.ts'
import { tidy } from '#engine/graph/reflow.ts'
import type { GraphEdge } from '#engine/graph/schema.ts'
import { announce } from '../../ui/announce.ts'
import type { Catalogue } from '../catalogue.ts'
import type { EdgeSelection, EditorStore } from '../store.ts'
import type { Target } from './canvas-bridge.ts'
import { drawnPlaces } from './keep-tidy.ts'
import { rememberStep } from './step-search.ts'
import { t } from '../../i18n/t.ts'

export type CanvasEdits = ReturnType<typeof createCanvasEdits>

export function createCanvasEdits(store: EditorStore, catalogue: Catalogue) {
  const documentNow = (): JourneyDocument => store.getState().content.document
  const nameOf = (id: string, document = documentNow()): string => {
    const node = findNode(document, id)
    return node === undefined ? id : catalogue.titleOf(node)
  }
  const countOf = (ids: readonly string[]): string =>
    ids.length === 1 ? `“${nameOf(ids[0] ?? '')}”` : t('{{count}} steps', { count: ids.length })

  /** The step that leads to this one, by name; null when it stands alone. */
  const nameAbove = (id: string): string | null => {
    const above = documentNow().graph.edges.find(({ to }) => to === id)
    return above === undefined ? null : nameOf(above.from)
  }

  return {
    nameOf,

    insert(type: string, target: Target): boolean {
      const step = { type, config: catalogue.starterOf(type) }
      const title = catalogue.manifest(type)?.title ?? type
      let added: string | null = null
      const done = store.apply(t('add “{{title}}”', { title }), (document) => {
        const result =
          target.kind === 'way'
            ? edit.addStepAfter(document, target.way, step, catalogue.portsOf)
            : edit.addStep(document, step, centred(target.at))
        added = result.id
        return result.document
      })
      if (!done || added === null) return false
      rememberStep(type)
      store.select([added])
      const above = nameAbove(added)
      announce(
        above === null
          ? t('{{title}} added on its own', { title })
          : t('{{title}} added after {{above}}', { title, above }),
      )
      return true
    },

    connect(edge: GraphEdge): void {
      const refusal = refuseConnection(documentNow(), edge.from, edge.to)
      if (refusal !== null) {
        announce(refusal)
        return
      }
      if (
        store.apply(
          t('connect “{{name}}” to “{{name2}}”', { name: nameOf(edge.from), name2: nameOf(edge.to) }),
          (document) => edit.connect(document, edge),
        )
      ) {
        announce(t('{{name}} leads to {{name2}}', { name: nameOf(edge.from), name2: nameOf(edge.to) }))
      }
    },

    /** A connection begins or ends elsewhere now. */
    reconnect(before: EdgeSelection, edge: GraphEdge): void {
      store.apply(
        t('lead “{{name}}” to “{{name2}}”', { name: nameOf(edge.from), name2: nameOf(edge.to) }),
        (document) => {
          const isMoved = before.from !== edge.from || before.port !== edge.port
          const connected = edit.connect(document, edge)
          return isMoved && connected !== document ? edit.disconnect(connected, before) : connected
        },
      )
    },

    disconnect(way: EdgeSelection): void {
      const to = edit.wiredPorts(documentNow(), way.from).find(({ port }) => port === way.port)?.to ?? ''
      if (
        !store.apply(t('take away the connection to “{{name}}”', { name: nameOf(to) }), (document) =>
          edit.disconnect(document, way),
        )
      )
        return
      announce(t('{{name}} no longer leads to {{name2}}', { name: nameOf(way.from), name2: nameOf(to) }))
      store.select([way.from])
    },

    /** Puts a step that stands alone into a connection. */
    spliceIn(id: string, way: EdgeSelection): boolean {
      const done = store.apply(
        t('put “{{name}}” in', { name: nameOf(id) }),
        (document) => edit.spliceIn(unpinned(document, id), id, way, catalogue.portsOf),
        { select: [id] },
      )
      if (done) {
        const [name, above] = [nameOf(id), nameAbove(id)]
        announce(
          above === null
            ? t('{{name}} is now on its own', { name })
            : t('{{name}} is now after {{above}}', { name, above }),
        )
      }
      return done
    },

    /** Steps and notes put where they were dragged. */
    move(places: Readonly<Record<string, Point>>): void {
      const ids = Object.keys(places)
      store.apply(t('move {{count_of}}', { count_of: countOf(ids) }), (document) => {
        const placed = edit.place(settled(document, catalogue), places)
        return ids.reduce((moved, id) => {
          const at = places[id]
          return at === undefined ? moved : edit.changeNote(moved, id, at)
        }, placed)
      })
    },

    /** Which steps among them lead several ways, so that deleting must ask which to keep. */
    branchesAmong(ids: readonly string[]): string[] {
      const document = documentNow()
      const isLedTo = new Set(document.graph.edges.map(({ to }) => to))
      return ids.filter((id) => {
        const targets = new Set(edit.wiredPorts(document, id).map(({ to }) => to))
        for (const gone of ids) targets.delete(gone)
        return targets.size > 1 && isLedTo.has(id)
      })
    },

    remove(ids: readonly string[], keep: Readonly<Record<string, string>> = {}): void {
      const document = documentNow()
      const steps = ids.filter((id) => findNode(document, id) !== undefined)
      const before = document.graph.edges.find(({ from, to }) => steps.includes(to) && !steps.includes(from))?.from
      const after = document.graph.edges.find(({ from, to }) => steps.includes(from) && !steps.includes(to))?.to
      const words =
        steps.length === 0
          ? ids.length === 1
            ? t('the note')
            : t('{{count}} notes', { count: ids.length })
          : countOf(steps)
      const next = before ?? after
      const done = store.apply(
        t('delete {{words}}', { words }),
        (present) => edit.removeNotes(edit.removeSteps(present, ids, keep), ids),
        { select: next === undefined ? [] : [next] },
      )
      if (!done) return
      announce(
        next === undefined
          ? t('Deleted {{words}}', { words })
          : t('Deleted {{words}}; now on {{name}}', { words, name: nameOf(next) }),
      )
    },

    toggle(ids: readonly string[]): void {
      if (
        !store.apply(t('switch {{count_of}} off or on', { count_of: countOf(ids) }), (document) =>
          edit.toggleSteps(document, ids),
        )
      )
        return
      const isOff = findNode(documentNow(), ids[0] ?? '')?.disabled === true
      const what = countOf(ids)
      announce(isOff ? t('{{what}} switched off: leads pass through', { what }) : t('{{what}} switched on', { what }))
    },

    rename(id: string, name: string): void {
      const node = findNode(documentNow(), id)
      // The type's own title is no name of the step.
      const own = node !== undefined && node.name === undefined && name === catalogue.titleOf(node) ? '' : name
      store.apply(t('rename “{{name}}”', { name: nameOf(id) }), (document) => edit.renameStep(document, id, own))
    },

    /** Copies beside the originals, or where they were dragged. */
    duplicate(ids: readonly string[], at?: Point): void {
      let copies: string[] = []
      store.apply(t('duplicate {{count_of}}', { count_of: countOf(ids) }), (document) => {
        const positioned = settled(document, catalogue)
        const clip = copySteps(positioned, ids)
        if (clip === null) return document
        const corner = cornerOf(Object.values(clip.positions))
        const pasted = pasteSteps(positioned, clip, at ?? { x: corner.x + 280, y: corner.y + 24 }, (node) =>
          catalogue.jumpsOf(node),
        )
        copies = pasted.ids
        return pasted.document
      })
      if (copies.length === 0) return
      store.select(copies)
      announce(t('{{count}} steps duplicated', { count: copies.length }))
    },

    moveAlong(id: string, direction: 'up' | 'down'): void {
      const name = nameOf(id)
      const done = store.apply(
        direction === 'up' ? t('move “{{name}}” up', { name }) : t('move “{{name}}” down', { name }),
        (document) => moveStep(unpinned(document, id), id, direction, catalogue.portsOf),
      )
      if (!done) {
        announce(
          direction === 'up'
            ? t('{{name}} cannot move further up', { name })
            : t('{{name}} cannot move further down', { name }),
        )
        return
      }
      const above = nameAbove(id)
      announce(
        above === null
          ? t('{{name}} moved on its own', { name })
          : t('{{name}} moved after {{above}}', { name, above }),
      )
    },

    addNote(at: Point): void {
      const id = freshId(documentNow(), 'note')
      const box = { x: snap(at.x), y: snap(at.y), width: 240, height: 120 }
      store.apply(t('add a note'), (document) => edit.addNote(document, { ...box, text: '', tint: 0 }).document, {
        select: [id],
      })
      announce(t('Note added'))
    },

    changeNote(id: string, change: Parameters<typeof edit.changeNote>[2], merge?: string): void {
      const note = documentNow().layout.notes.find((one) => one.id === id)
      if (note === undefined) return
      const isSame = Object.entries(change).every(([key, value]) => note[key as keyof typeof note] === value)
      if (isSame) return
      const changed = (document: JourneyDocument) => edit.changeNote(document, id, change)
      store.apply(t('change a note'), changed, merge === undefined ? {} : { merge })
    },

    tidy(places: Readonly<Record<string, Point>>, only?: ReadonlySet<string>): void {
      const done = store.apply(
        only === undefined ? t('tidy up') : t('tidy up {{count}} steps', { count: only.size }),
        (document) => tidy(settled(document, catalogue), places, only),
      )
      announce(done ? t('Tidied up') : t('Everything is in its place already'))
    },
  }
}

/** The document with every step's place written down: what is drawn is what is kept. */
function settled(document: JourneyDocument, catalogue: Catalogue): JourneyDocument {
  const { positions } = document.layout
  if (document.graph.nodes.every(({ id }) => positions[id] !== undefined)) return document
  const places = drawnPlaces(document, catalogue)
  const known = Object.fromEntries(Object.entries(places).map(([id, { x, y }]) => [id, positions[id] ?? { x, y }]))
  return { ...document, layout: { ...document.layout, positions: known } }
}

/** A step that moves within the flow goes where the flow puts it. */
function unpinned(document: JourneyDocument, id: string): JourneyDocument {
  if (document.layout.positions[id] === undefined) return document
  const { [id]: _place, ...positions } = document.layout.positions
  return { ...document, layout: { ...document.layout, positions } }
}

function centred({ x, y }: Point): Point {
  return { x: snap(x - 120), y: snap(y - 36) }
}

export function cornerOf(places: readonly Point[]): Point {
  return { x: Math.min(...places.map(({ x }) => x)), y: Math.min(...places.map(({ y }) => y)) }
}
