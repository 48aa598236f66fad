// SPDX-License-Identifier: MIT
// A job by @device-management-toolkit/wsman-messages, which writes messages and leaves it to its users to send them.
import http from 'node:http'
import { XMLParser } from 'fast-xml-parser'
import wsman from '@device-management-toolkit/wsman-messages/WSMan.js'
import { bits, fileUrl, identify, list, name, password, target, tell, transferred, url, user } from './steps.mjs'

const parser = new XMLParser({ removeNSPrefix: true, parseTagValue: false, ignoreAttributes: false })
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })

function post (message) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, {
      method: 'POST',
      agent,
      timeout: 30000,
      auth: user + ':' + password,
      headers: { 'Content-Type': 'application/soap+xml;charset=UTF-8', 'Content-Length': Buffer.byteLength(message) }
    }, answer => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', part => { text += part })
      answer.on('end', () => resolve(parser.parse(text).Envelope.Body))
    })
    request.on('timeout', () => request.destroy(new Error('no answer')))
    request.on('error', reject)
    request.end(message)
  })
}

class Job extends wsman.Base {
  className = 'BitsClientJob'
  Put = (job, data) => this.protectedPut(data, true, job)
  Invoke = (method, job, values) => {
    const creator = this.wsmanMessageCreator
    return creator.createXml(creator.createHeader(bits + this.className + '/' + method, this.className, job),
      creator.createBody(method + '_INPUT', this.className, [values]))
  }
}

const jobs = new Job(new wsman.WSManMessageCreator(bits))
tell('identify', { vendor: (await post(identify)).IdentifyResponse.ProductVendor })
const created = (await post(jobs.Invoke('CreateJob', null,
  { DisplayName: name, RemoteUrl: fileUrl, LocalFile: target }))).CreateJob_OUTPUT
const job = { name: 'JobId', value: created.JobId }
tell('create', { job: job.value })

const seen = (await post(jobs.Get(job))).BitsClientJob
tell('get', { name: seen.DisplayName, job: seen.JobId })
const document = Object.fromEntries(Object.entries(seen).filter(([key, value]) => typeof value === 'string' &&
  !key.startsWith('@')))
const put = (await post(jobs.Put(job, { ...document, Priority: '0' }))).BitsClientJob
tell('put', { priority: put.Priority, name: put.DisplayName })

const all = []
let pulls = 0
let context = (await post(jobs.Enumerate())).EnumerateResponse.EnumerationContext
while (context) {
  const answer = (await post(jobs.Pull(context))).PullResponse
  all.push(...list(answer.Items.BitsClientJob))
  context = answer.EnumerationContext
  pulls++
}
tell('enumerate', { jobs: Object.fromEntries(all.map(one => [one.JobId, one.Priority])), pulls })

await transferred(async () => (await post(jobs.Get(job))).BitsClientJob.State)
tell('invoke', { result: (await post(jobs.Invoke('SetJobState', job, { JobState: 1 }))).SetJobState_OUTPUT.ReturnValue })
const fault = (await post(jobs.Get(job))).Fault
tell('fault', { text: fault.Reason.Text['#text'], code: fault.Detail.WSManFault['@_Code'] })
agent.destroy()
