import type { Database } from '#db/client.ts'
import { saveContactPolicy } from '#db/repositories/contact-policy.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { getContactPolicy, putContactPolicy } from '../contract/contact-policy.ts'
import { implement, ok, type Implementation } from '../routing.ts'

export function contactPolicyRoutes({ db }: { db: Database }): Implementation[] {
  const present = async () => ok((await readLibrary(db)).policy)
  return [
    implement(getContactPolicy, present),
    implement(putContactPolicy, async ({ body }, { actor }) => {
      await db.transaction((tx) => saveContactPolicy(tx, { policy: body, actor }))
      return present()
    }),
  ]
}
