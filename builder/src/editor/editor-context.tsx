/** The open journey and the catalogue, for everything inside the editor. */
import { createContext, use, type ReactNode } from 'react'
import { useStore } from 'zustand'
import type { Catalogue } from './catalogue.ts'
import { MarksProvider, type Marks } from './marks.ts'
import type { EditorState, EditorStore } from './store.ts'

interface Editor {
  store: EditorStore
  catalogue: Catalogue
}

const EditorContext = createContext<Editor | null>(null)

export function EditorProvider({ children, marks, ...editor }: Editor & { marks: Marks; children: ReactNode }) {
  return (
    <EditorContext value={editor}>
      <MarksProvider value={marks}>{children}</MarksProvider>
    </EditorContext>
  )
}

function useEditorContext(): Editor {
  const editor = use(EditorContext)
  if (editor === null) throw new Error('This part of the page needs an open journey around it.')
  return editor
}

/** To edit, select, undo; never draws again by itself. */
export function useEditorStore(): EditorStore {
  return useEditorContext().store
}

/** A part of the editor's state; draws again only when that part changes. */
export function useEditor<Part>(select: (state: EditorState) => Part): Part {
  return useStore(useEditorContext().store, select)
}

/** The document being edited; draws again on every edit. */
export function useDocument() {
  return useEditor((state) => state.content.document)
}

export function useCatalogue(): Catalogue {
  return useEditorContext().catalogue
}
