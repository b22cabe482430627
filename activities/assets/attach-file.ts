/** Gives an asset a file of its own. */
import type { Readable } from 'node:stream'
import type { Database } from '#db/client.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { saveResources } from '#db/repositories/library-writes.ts'
import type { AssetFile } from '#engine/assets.ts'
import { FileRefused, storeFile } from './file-store.ts'

/** Stores the file and writes it into the asset. @throws {FileRefused} also when there is no such asset. */
export async function attachFile(
  { db, folder }: { db: Database; folder: string },
  { key, name, content }: { key: string; name: string; content: Readable },
): Promise<{ file: AssetFile }> {
  const { assets } = await readLibrary(db)
  const asset = Object.hasOwn(assets, key) ? assets[key] : undefined
  if (asset === undefined) throw new FileRefused(`There is no asset "${key}"; import it with a journey first.`)
  const file = await storeFile(folder, name, content)
  await db.transaction((tx) => saveResources(tx, { assets: [{ ...asset, file }] }))
  return { file }
}
