import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inspectCsvFile } from '#activities/imports/inspect-file.ts'
import { openCsv } from '#activities/imports/read-csv.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-csv-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

let files = 0
async function read(content: string | Buffer) {
  files += 1
  const path = join(folder, `${String(files)}.csv`)
  await writeFile(path, content)
  const facts = await inspectCsvFile(path)
  const { header, rows } = await openCsv(path, facts)
  const found: { row: number; line: number; cells: string[] }[] = []
  for await (const row of rows) found.push(row)
  return { facts, header, rows: found }
}

describe('inspectCsvFile()', () => {
  test('takes a file that is not UTF-8 for windows-1252, so that an umlaut of an old spreadsheet survives', async () => {
    const { facts, rows } = await read(Buffer.from('name,city\nJ\xfcrgen,Z\xfcrich\n', 'latin1'))
    expect(facts.encoding).toBe('windows-1252')
    expect(rows[0]?.cells).toEqual(['Jürgen', 'Zürich'])
  })

  test('keeps UTF-8 when a character is cut by the end of a read buffer', async () => {
    const long = `name\n${'é'.repeat(400_001)}\n`
    const { facts, rows } = await read(long)
    expect(facts.encoding).toBe('utf-8')
    expect(rows[0]?.cells[0]).toHaveLength(400_001)
  })

  test.each([
    ['UTF-8', Buffer.from('\u{feff}name,city\nAnn,Bern\n', 'utf8')],
    ['UTF-16', Buffer.from('\u{feff}name,city\nAnn,Bern\n', 'utf16le')],
  ])('drops a %s byte order mark, so that the first column keeps its name', async (_, bytes) => {
    const { header, rows } = await read(bytes)
    expect(header.columns).toEqual(['name', 'city'])
    expect(rows.map((row) => row.cells)).toEqual([['Ann', 'Bern']])
  })

  test.each([
    [';', 'name;"a, b, c";city\nAnn;1,5;Bern\n'],
    ['\t', 'name\tcity\nAnn\tBern\n'],
    [',', 'only\nAnn\n'],
  ])('finds the delimiter %j, not one inside quotes', async (delimiter, text) => {
    expect((await read(text)).facts.delimiter).toBe(delimiter)
  })

  test('refuses an empty file and a workbook with what to do', async () => {
    await expect(read('  \n')).rejects.toMatchObject({ code: 'CSV_EMPTY' })
    await expect(read(Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0, 0]))).rejects.toMatchObject({
      code: 'CSV_NOT_TEXT',
      message: expect.stringContaining('a workbook or an archive') as string,
    })
  })
})

describe('openCsv()', () => {
  test('numbers rows and lines, with line breaks inside quotes and empty lines between', async () => {
    const { rows } = await read('name,note\r\nAnn,"one\r\ntwo"\r\n\r\nBob,three\r\n')
    expect(rows.map(({ row, line }) => [row, line])).toEqual([
      [1, 3],
      [2, 5],
    ])
    expect(rows[0]?.cells[1]).toBe('one\r\ntwo')
  })

  test('takes a quote inside an unquoted cell literally', async () => {
    const { rows } = await read('name,size\nPipe,5" steel\nHose,3"\n')
    expect(rows.map((row) => row.cells[1])).toEqual(['5" steel', '3"'])
  })

  test('names the line of a quote that is never closed', async () => {
    const broken = read('name,city\nAnn,Bern\nBob,"Basel\nCid,Chur\n')
    await expect(broken).rejects.toMatchObject({ code: 'CSV_QUOTE_BROKEN', line: 3 })
  })

  test('does not swallow rows between a quote left open and the next one', async () => {
    const broken = read('name,city\nAnn,"Bern\nBob,Basel\nCid,"Chur"\nDan,Davos\n')
    await expect(broken).rejects.toMatchObject({ code: 'CSV_QUOTE_BROKEN', line: 2 })
  })

  test('gives up on a record of more than a million characters instead of filling the memory', async () => {
    const broken = read(`name\n"${'x'.repeat(1_100_000)}`)
    await expect(broken).rejects.toMatchObject({ code: 'CSV_RECORD_TOO_LONG', line: 2 })
  })

  test('refuses ten thousand columns by their number', async () => {
    const columns = Array.from({ length: 10_000 }, (_, index) => `c${String(index)}`).join(',')
    await expect(read(`${columns}\n`)).rejects.toMatchObject({
      code: 'CSV_TOO_MANY_COLUMNS',
      message: expect.stringContaining('10000 columns; at most 1000') as string,
    })
  })

  test('tells repeated headers apart and names headers that are empty', async () => {
    const { header } = await read('Email,Name,,Email\na,b,c,d\n')
    expect(header).toEqual({ columns: ['Email #1', 'Name', 'Column 3', 'Email #2'], repeated: ['Email'] })
  })

  test('hands out rows with too few or too many cells, to be rejected one by one', async () => {
    const { rows } = await read('a,b\n1\n1,2,3\n1,2\n')
    expect(rows.map((row) => row.cells.length)).toEqual([1, 3, 2])
  })
})
