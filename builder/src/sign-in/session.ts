/** Who sits before the page, and coming in and going out. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { acceptInvitation, getSession, signIn, signOut } from '#server/contract/access.ts'
import { call } from '../api/client.ts'

const queryKey = ['session']

/** Asked again when the window comes back: a session may have ended meanwhile. */
export function useSession() {
  return useQuery({ queryKey, queryFn: ({ signal }) => call(getSession, {}, signal), refetchInterval: 60_000 })
}

export function useSignIn() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: { name: string; password: string }) => call(signIn, { body }),
    onSuccess: (session) => client.setQueryData(queryKey, session),
  })
}

/** Sets a password by an invitation, and signs in. */
export function useAcceptInvitation() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: { token: string; password: string }) => call(acceptInvitation, { body }),
    onSuccess: (session) => client.setQueryData(queryKey, session),
  })
}

/** Nothing of what was shown stays in the browser's memory. */
export function useSignOut() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => call(signOut, { query: { everywhere: 'false' } }),
    onSettled: () => client.resetQueries(),
  })
}
