import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { expect, test } from 'vitest'
import { createRejectedRowsFile } from '#activities/imports/rejected-rows.ts'

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'trellis-rejected-'))
  await work(folder).finally(() => rm(folder, { recursive: true }))
}

test('rejected rows keep their cells, whatever is in them, and hold no formula', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'rejected.csv')
    const file = await createRejectedRowsFile(path, { columns: ['Name', 'Note'] })
    await file.write([
      { row: 3, line: 5, reasons: ['First.', 'Second.'], cells: ['=HYPERLINK("http://x")', 'a "b",\nc'] },
      { row: 9, line: 12, reasons: ['Short.'], cells: ['+1'] },
    ])
    await file.close()
    expect(parse(await readFile(path), { bom: true })).toEqual([
      ['Row', 'Line', 'Reason', 'Name', 'Note'],
      ['3', '5', 'First. Second.', '\'=HYPERLINK("http://x")', 'a "b",\nc'],
      ['9', '12', 'Short.', "'+1", ''],
    ])
  }))

test('an import that goes on keeps the rejections it had committed and drops those it had not', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'rejected.csv')
    const columns = ['Name']
    const first = await createRejectedRowsFile(path, { columns })
    const rejected = [4, 8, 600].map((row) => ({ row, line: row + 1, reasons: ['No.'], cells: ['=1'] }))
    await first.write(rejected)
    await first.close()
    const second = await createRejectedRowsFile(path, { columns, keepUntilRow: 500 })
    await second.write(rejected.slice(2))
    await second.close()
    const rows = parse(await readFile(path), { bom: true, from_line: 2 })
    expect(rows.map(([row, , , name]) => [row, name])).toEqual([
      ['4', "'=1"],
      ['8', "'=1"],
      ['600', "'=1"],
    ])
  }))
