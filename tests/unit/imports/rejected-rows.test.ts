import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { expect, test } from 'vitest'
import { createRejectedRowsFile } from '#activities/imports/rejected-rows.ts'

test('rejected rows keep their cells, whatever is in them, and hold no formula', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trellis-rejected-'))
  const path = join(folder, 'rejected.csv')
  const file = createRejectedRowsFile(path, ['Name', 'Note'])
  await file.write({ row: 3, line: 5, reasons: ['First.', 'Second.'], cells: ['=HYPERLINK("http://x")', 'a "b",\nc'] })
  await file.write({ row: 9, line: 12, reasons: ['Short.'], cells: ['+1'] })
  await file.close()
  const rows: unknown = parse(await readFile(path), { bom: true })
  expect(rows).toEqual([
    ['Row', 'Line', 'Reason', 'Name', 'Note'],
    ['3', '5', 'First. Second.', '\'=HYPERLINK("http://x")', 'a "b",\nc'],
    ['9', '12', 'Short.', "'+1", ''],
  ])
  await rm(folder, { recursive: true })
})
