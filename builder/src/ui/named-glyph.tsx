/** Any icon of the Tabler set by its name, for the steps that engineers add. */
import { useEffect, useState } from 'react'
import type { StepCategory } from '#engine/steps/contract.ts'
import { categoryLooks } from './step-look.ts'

type Shapes = Readonly<Record<string, readonly (readonly [string, Readonly<Record<string, string>>])[]>>

/** All names with their shapes, two megabytes: fetched once, and only where a step has an icon that is not built in. */
let shapes: Promise<Shapes> | null = null

async function readShapes(): Promise<Shapes> {
  const { default: address } = await import(
    // Its package exports the drawings only.
    '../../../node_modules/@tabler/icons/tabler-nodes-outline.json?url'
  )
  const response = await fetch(address)
  return (await response.json()) as Shapes
}

/** The icon of that name; its category's until it is there, and where there is none. */
export function NamedGlyph({ name, category, label }: { name: string; category: StepCategory; label: string }) {
  const [found, setFound] = useState<Shapes[string] | null>(null)
  useEffect(() => {
    let isGone = false
    shapes ??= readShapes()
    shapes.then(
      (all) => {
        if (!isGone) setFound(Object.hasOwn(all, name) ? (all[name] ?? null) : null)
      },
      () => {
        // Without it a step looks like its category; the next page tries again.
        shapes = null
      },
    )
    return () => {
      isGone = true
    }
  }, [name])
  const Fallback = categoryLooks[category].icon
  if (found === null) return <Fallback size={18} stroke={1.8} aria-label={label} />
  return (
    <svg
      width={18}
      height={18}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
      role="img"
      aria-label={label}
      data-icon={name}
    >
      {found.map(([tag, attributes], index) => (tag === 'path' ? <path key={index} {...attributes} /> : null))}
    </svg>
  )
}
