/** What a journey can be saved as; how is fetched when it is wanted. */
import { labelled } from '../i18n/t.ts'

export const exportKinds = labelled([
  { kind: 'json', label: 'Export as a file (JSON)' },
  { kind: 'svg', label: 'Export as a picture (SVG)' },
  { kind: 'page', label: 'Export as a page to look at (HTML)' },
  { kind: 'mermaid', label: 'Export as text (Mermaid)' },
] as const)
export type ExportKind = (typeof exportKinds)[number]['kind']
