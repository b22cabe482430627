/** Applies a fix as one edit that can be undone, and says what it did. */
import { findNode } from '#engine/graph/document.ts'
import type { Fix } from '#engine/fixes/fixes-for.ts'
import { t } from '../../i18n/t.ts'
import { announce } from '../../ui/announce.ts'
import type { Catalogue } from '../catalogue.ts'
import type { EditorStore } from '../store.ts'
import type { Problem } from './problems-store.ts'

export function applyFix(
  fix: Fix,
  { nodeId }: Problem,
  { editor, catalogue }: { editor: EditorStore; catalogue: Catalogue },
  choice?: string,
): boolean {
  const { document } = editor.getState().content
  const node = nodeId === undefined ? undefined : findNode(document, nodeId)
  const label = choice === undefined ? '' : (fix.choices?.().find(({ value }) => value === choice)?.label ?? choice)
  const what = label === '' ? fix.title : `${fix.title.replace('…', '')}: ${label}`
  const isDone = editor.apply(
    `${lowerFirst(what)}${node === undefined ? '' : ` (${catalogue.titleOf(node)})`}`,
    (present) => fix.apply(present, choice),
  )
  announce(isDone ? t('Fixed: {{what}}', { what }) : t('That fix no longer applies here.'))
  return isDone
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
