/** Undo and redo, with what they would do. */
export function UndoButtons() {
  return null
}
