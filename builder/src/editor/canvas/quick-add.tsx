/** Choosing a step where it is to go: a list at the cursor that is searched by typing. */
import { Portal, TextInput } from '@mantine/core'
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import type { StepManifest } from '#server/contract/steps.ts'
import { categoryLooks } from '../../ui/step-look.ts'
import { StepTile } from '../../ui/step-tile.tsx'
import type { QuickAddRequest } from './canvas-bridge.ts'
import { recentSteps, searchSteps } from './step-search.ts'
import classes from './quick-add.module.css'

const width = 300
const height = 360

interface QuickAddProps {
  request: QuickAddRequest
  /** Steps that may come here, in palette order. */
  steps: readonly StepManifest[]
  onChoose: (type: string) => void
  onClose: () => void
}

export function QuickAdd({ request, steps, onChoose, onClose }: QuickAddProps) {
  const { t } = useTranslation()
  const [text, setText] = useState('')
  const [active, setActive] = useState(0)
  const list = useId()
  const panel = useRef<HTMLDivElement>(null)
  const found = useMemo(() => recentFirst(searchSteps(steps, text), text), [steps, text])
  const chosen = found[Math.min(active, found.length - 1)]
  useEffect(() => {
    const leave = (event: PointerEvent) => {
      if (event.target instanceof Node && panel.current?.contains(event.target) === false) onClose()
    }
    addEventListener('pointerdown', leave, true)
    return () => removeEventListener('pointerdown', leave, true)
  }, [onClose])
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation()
    if (event.key === 'Escape') onClose()
    else if (event.key === 'Enter' && chosen !== undefined) onChoose(chosen.type)
    else if (event.key === 'ArrowDown') setActive(Math.min(active + 1, found.length - 1))
    else if (event.key === 'ArrowUp') setActive(Math.max(active - 1, 0))
    else return
    event.preventDefault()
  }
  const left = Math.max(8, Math.min(request.screen.x - 24, innerWidth - width - 8))
  const top = Math.max(8, Math.min(request.screen.y + 12, innerHeight - height - 8))
  return (
    <Portal>
      <div
        ref={panel}
        className={classes['panel']}
        role="dialog"
        aria-label={t('Add a step')}
        style={{ left, top, width, maxHeight: height }}
        onKeyDown={onKeyDown}
      >
        <TextInput
          data-autofocus
          autoFocus
          size="sm"
          value={text}
          placeholder={t('Search steps')}
          aria-label={t('Search steps')}
          role="combobox"
          aria-expanded
          aria-controls={list}
          aria-activedescendant={chosen === undefined ? undefined : `${list}-${chosen.type}`}
          onChange={(event) => {
            setText(event.currentTarget.value)
            setActive(0)
          }}
        />
        <ul id={list} role="listbox" aria-label={t('Steps')} className={classes['list']}>
          {found.map((step) => (
            <li
              key={step.type}
              id={`${list}-${step.type}`}
              role="option"
              aria-selected={step === chosen}
              className={classes['option']}
              ref={(element) => {
                if (element !== null && step === chosen) element.scrollIntoView({ block: 'nearest' })
              }}
              onPointerMove={() => setActive(found.indexOf(step))}
              onClick={() => onChoose(step.type)}
            >
              <span aria-hidden>
                <StepTile category={step.category} icon={step.icon} />
              </span>
              <span className={classes['words']}>
                <b>{step.title}</b>
                <span>{step.isCustom ? t('Custom') : categoryLooks[step.category].word}</span>
              </span>
            </li>
          ))}
        </ul>
        <p role="status" className={classes['none']}>
          {found.length === 0 ? t('No step is called “{{text}}”.', { text }) : null}
        </p>
      </div>
    </Portal>
  )
}

function recentFirst(found: readonly StepManifest[], text: string): StepManifest[] {
  if (text.trim() !== '') return [...found]
  const recent = recentSteps()
  const newest = recent.flatMap((type) => found.find((step) => step.type === type) ?? [])
  return [...newest, ...found.filter((step) => !newest.includes(step))]
}
