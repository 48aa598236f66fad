// SPDX-License-Identifier: MIT
// A job by winrm-client: its headers (for ever the same MessageID, a To that is nobody's), its HTTP, its reading of
// answers by prefix. It is made for shells; what it says when it asks for one is told as well.
import { XMLBuilder } from 'fast-xml-parser'
import requests from 'winrm-client/dist/src/base-request.js'
import transport from 'winrm-client/dist/src/utils/http.js'
import winrm from 'winrm-client'
import {
  bits, enumeration, fileUrl, identify, list, name, password, target, tell, transfer, transferred, url, user
} from './steps.mjs'

const uri = bits + 'BitsClientJob'
const builder = new XMLBuilder({
  attributeNamePrefix: '@', textNodeName: '#', ignoreAttributes: false, suppressBooleanAttributes: false
})
const where = new URL(url)

async function post (message) {
  const answer = await transport.sendHttp(message, where.hostname, Number(where.port), where.pathname, user, password,
    'basic', 30000)
  return answer['s:Envelope']['s:Body']
}

function send (action, body, job) {
  const envelope = requests.getSoapHeaderRequest({ action })
  envelope['s:Header']['wsman:ResourceURI']['#'] = uri
  if (job) envelope['s:Header']['wsman:SelectorSet'] = { 'wsman:Selector': { '@Name': 'JobId', '#': job } }
  envelope['s:Body'] = body
  return post(builder.build({ 's:Envelope': envelope }))
}

async function invoke (method, values, job) {
  const members = Object.fromEntries(Object.entries(values).map(([key, value]) => ['q:' + key, value]))
  const answer = await send(uri + '/' + method, { ['q:' + method + '_INPUT']: { '@xmlns:q': uri, ...members } }, job)
  return answer['p:' + method + '_OUTPUT']
}

async function get (job) {
  return (await send(transfer + '/Get', '', job))['p:BitsClientJob']
}

async function refusal (asked) {
  try {
    await asked
  } catch (error) {
    return error.message
  }
  return ''
}

tell('identify', { vendor: (await post(identify))['wsmid:IdentifyResponse']['wsmid:ProductVendor'] })
const job = (await invoke('CreateJob', { DisplayName: name, RemoteUrl: fileUrl, LocalFile: target }))['p:JobId']
tell('create', { job })
const seen = await get(job)
tell('get', { name: seen['p:DisplayName'], job: seen['p:JobId'] })
const put = (await send(transfer + '/Put', { 'q:BitsClientJob': { '@xmlns:q': uri, 'q:Priority': 0 } },
  job))['p:BitsClientJob']
tell('put', { priority: String(put['p:Priority']), name: put['p:DisplayName'] })

const all = []
let pulls = 0
let context = (await send(enumeration + '/Enumerate', { 'n:Enumerate': { '@xmlns:n': enumeration } }))[
  'n:EnumerateResponse']['n:EnumerationContext']
while (context) {
  const answer = (await send(enumeration + '/Pull', {
    'n:Pull': { '@xmlns:n': enumeration, 'n:EnumerationContext': context, 'n:MaxElements': 2 }
  }))['n:PullResponse']
  all.push(...list(answer['n:Items']['p:BitsClientJob']))
  context = answer['n:EnumerationContext']
  pulls++
}
tell('enumerate', { jobs: Object.fromEntries(all.map(one => [one['p:JobId'], String(one['p:Priority'])])), pulls })

await transferred(async () => (await get(job))['p:State'])
tell('invoke', { result: String((await invoke('SetJobState', { JobState: 1 }, job))['p:ReturnValue']) })
tell('fault', {
  text: await refusal(get(job)),
  shell: await refusal(winrm.Shell.doCreateShell({
    host: where.hostname, port: Number(where.port), path: where.pathname, username: user, password, authMethod: 'basic'
  }))
})
process.exit()		// it leaves answers unread and timers running after a refusal
