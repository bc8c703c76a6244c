import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type App, CfnResource, Stack, Validations } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { addVariants, newApp } from './support.ts';

/** What the pack finds, as "RULE path of the resource". */
function findings(app: App, { acknowledged }: { acknowledged: boolean }): string[] {
  const pack = new AwsSolutionsChecks(app);
  // The pack has no switch for showing what is acknowledged.
  if (acknowledged) (pack as any).isAcknowledged = () => false;
  return pack.validateScope(app).violations.flatMap(violation =>
    violation.violatingResources.map((resource: any) => `${violation.ruleName} ${resource.constructPath}`));
}

describe('cdk-nag\'s AwsSolutions', () => {
  const app = newApp({ validate: true }); // by CDK's own rules as well: synth() would throw
  addVariants(app);
  app.synth();

  it('finds nothing that is not acknowledged', () => {
    assert.deepEqual(findings(app, { acknowledged: false }), []);
  });

  it('would find something', () => {
    const bad = newApp();
    new s3.Bucket(new Stack(bad, 'Bad'), 'Bucket');
    bad.synth();
    const found = findings(bad, { acknowledged: false });
    assert.ok(found.includes('AwsSolutions-S10 Bad/Bucket/Resource'), found.join('\n'));
  });

  it('finds all that is acknowledged, somewhere', () => {
    const found = findings(app, { acknowledged: true });
    const stale = new Set<string>();
    const live = new Set<string>();
    for (const node of app.node.findAll()) {
      for (const entry of node.node.metadata) {
        if (entry.type !== Validations.ACKNOWLEDGED_RULES_METADATA_KEY) continue;
        for (const [id, reason] of Object.entries<any>(entry.data)) {
          if (!id.includes('AwsSolutions')) continue;
          const rule = id.replace(/^.*?::(?=AwsSolutions)/, '');
          const kind = `${rule.replace(/\[.*/, '')} ${node.node.path.replace(/^[^/]*/, '')}`;
          const below = found.some(finding =>
            finding.startsWith(`${rule} ${node.node.path}`));
          (below ? live : stale).add(kind);
          assert.ok(String(reason.reason ?? reason).length > 20, `${id}: no reason`);
        }
      }
    }
    // One acknowledgement may be without a finding in one stack (an image that is public needs no token).
    assert.deepEqual([...stale].filter(kind => !live.has(kind)), []);
    assert.ok(live.size >= 5);
  });

  it('looks at all resources', () => {
    const resources = app.node.findAll().filter(CfnResource.isCfnResource);
    const types = new Set(resources.map(resource => resource.cfnResourceType));
    for (const type of ['IAM::Policy', 'S3::Bucket', 'StepFunctions::StateMachine', 'ECS::TaskDefinition']) {
      assert.ok(types.has(`AWS::${type}`), type);
    }
  });
});
