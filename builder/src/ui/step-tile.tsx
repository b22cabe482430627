import type { StepCategory } from '#engine/steps/contract.ts'
import { NamedGlyph } from './named-glyph.tsx'
import { categoryLooks, isBuiltInIcon, stepIcon } from './step-look.ts'
import classes from './step-tile.module.css'

/** The coloured square that says what kind of step it is. */
export function StepTile({ category, icon }: { category: StepCategory; icon: string }) {
  const Glyph = stepIcon(icon, category)
  const { word, color } = categoryLooks[category]
  return (
    <span className={classes['tile']} style={{ background: color }} title={word}>
      {isBuiltInIcon(icon) ? (
        <Glyph size={18} stroke={1.8} aria-label={word} />
      ) : (
        <NamedGlyph name={icon} category={category} label={word} />
      )}
    </span>
  )
}
