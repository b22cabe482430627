/** A sticky note for colleagues, in Markdown; never part of what runs. */
import { memo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { NodeResizer, type NodeProps } from 'reactflow'
import { useTyped } from '../../forms/form-context.tsx'
import { useCanvasEvents } from './canvas-events.ts'
import type { NoteFlowNode } from './derive.ts'
import { Markdown } from './markdown.tsx'
import { countRender } from './render-count.ts'
import classes from './note.module.css'

const tints = [0, 1, 2, 3, 4, 5, 6, 7] as const

export const NoteCard = memo(
  ({ id, data, selected }: NodeProps<NoteFlowNode>) => {
    countRender('note', id)
    const { t } = useTranslation()
    const { isEditable, changeNote, resizeNote } = useCanvasEvents()
    const { text, tint } = data.note
    const [isWriting, setWriting] = useState(isEditable && text === '')
    // Written at each pause: a reload, or scrolling the note out of sight, loses nothing.
    const typed = useTyped(text, (written, typing) => changeNote(id, { text: written }, `note ${id} ${typing}`))
    return (
      <div
        className={classes['note']}
        data-note={id}
        data-tint={tint}
        data-selected={selected}
        onDoubleClick={() => setWriting(isEditable)}
      >
        {selected && isEditable ? (
          <>
            <NodeResizer
              minWidth={120}
              minHeight={64}
              lineClassName={classes['line'] ?? ''}
              handleClassName={classes['corner'] ?? ''}
              onResizeEnd={(_, box) => resizeNote(id, box)}
            />
            <div className={`${classes['tints'] ?? ''} nodrag`} role="group" aria-label={t('Colour of the note')}>
              {tints.map((one) => (
                <button
                  key={one}
                  type="button"
                  tabIndex={-1}
                  data-tint={one}
                  aria-pressed={one === tint}
                  aria-label={t('Colour {{number}}', { number: one + 1 })}
                  onClick={() => changeNote(id, { tint: one })}
                />
              ))}
            </div>
          </>
        ) : null}
        {isWriting ? (
          <textarea
            className={`${classes['field'] ?? ''} nodrag nopan nowheel`}
            // The field's own: the canvas hands a text back a moment later, which would move the caret.
            defaultValue={text}
            maxLength={10_000}
            aria-label={t('Text of the note')}
            placeholder={t('Write a note. **Bold**, *italic*, - lists and [links](https://…) work.')}
            ref={(field) => {
              if (field !== null && document.activeElement !== field) field.focus({ preventScroll: true })
            }}
            onFocus={typed.onFocus}
            onChange={(event) => typed.onText(event.currentTarget.value)}
            onBlur={() => {
              typed.onBlur()
              setWriting(false)
            }}
            onKeyDown={(event) => {
              event.stopPropagation()
              if (event.key === 'Escape') event.currentTarget.blur()
            }}
          />
        ) : (
          <div className={classes['text']}>
            {text === '' ? (
              <span className={classes['empty']}>{t('Double-click to write')}</span>
            ) : (
              <Markdown text={text} />
            )}
          </div>
        )}
      </div>
    )
  },
  (before, after) => before.id === after.id && before.data === after.data && before.selected === after.selected,
)
NoteCard.displayName = 'NoteCard'
