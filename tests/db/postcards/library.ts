/** Things that a postcard is about. */
import { saveResources } from '#db/repositories/library-writes.ts'
import { surveySchema } from '#engine/library.ts'
import type { World } from '../deliveries/given.ts'

export async function addSurvey({ db }: World, key: string): Promise<void> {
  const survey = surveySchema.parse({ key, title: 'Why?', questions: [{ id: 'why', text: 'Why not?', type: 'text' }] })
  await db.transaction((tx) => saveResources(tx, { surveys: [survey] }))
}
