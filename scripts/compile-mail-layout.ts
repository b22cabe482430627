/** Writes `activities/messages/layout.liquid`, the compiled layout of mails, after a change of `layout.mjml` or of MJML. */
import { writeFile } from 'node:fs/promises'
import { compileLayout } from '#activities/messages/compile-mjml.ts'

await writeFile(new URL('../activities/messages/layout.liquid', import.meta.url), await compileLayout())
