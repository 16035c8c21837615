import time, cProfile, pstats
from datetime import timedelta, datetime, UTC
import numpy as np, lightgbm
from everlearn.modules.features import service as features
from everlearn.modules.features.types import Numeric, Entities
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import Task, VersionStatus
from everlearn.modules.predictions import service
from everlearn.modules.predictions.service import recording, scoring, closing
from everlearn.modules.feedback import service as fb
def test_speed(db):
    K=45
    rng=np.random.default_rng(0)
    X=rng.normal(size=(20000,K)); y=(X[:,0]+X[:,1]*X[:,2]+rng.logistic(size=20000)>0).astype(float)
    names=[f"f{i}" for i in range(K)]
    m=lightgbm.train({"objective":"binary","num_leaves":31,"verbose":-1,"num_threads":2}, lightgbm.Dataset(X,y,feature_name=names),120)
    text=m.model_to_string().encode()
    tenant=db.tenant(); D=db.database()
    with D.tx(tenant) as tx:
        fs=features.declare_set(tx,"s",tuple(Numeric(n) for n in names))
        model=registry.ensure_model(tx,"m",task=Task.BINARY,feature_set_id=fs.id)
        kw=dict(artifact=text,feature_names=names,params={},metrics={},trained_until=tx.now())
        v1=registry.register_version(tx,model.id,**kw); registry.activate(tx,v1.id,reason="x",evidence={})
        v2=registry.register_version(tx,model.id,**kw,status=VersionStatus.SHADOW)
        for v in (v1,v2):
            for _ in range(20): 
                service.set_calibration(tx,v.id,margins=X[:10000,0]+0.1*rng.normal(size=10000),labels=y[:10000])
    spent={}
    def wrap(mod,name,key=None):
        f=getattr(mod,name)
        def g(*a,**k):
            t=time.perf_counter(); r=f(*a,**k); spent.setdefault(key or name,[]).append((time.perf_counter()-t)*1e3); return r
        setattr(mod,name,g)
    wrap(recording.scoring,"contributions"); wrap(recording.scoring,"margins"); wrap(recording,"insert_many"); wrap(recording,"_count"); wrap(recording,"_emit")
    wrap(recording.calibrating,"latest"); wrap(recording.partitions,"ensure"); wrap(recording.registry,"live_version"); wrap(recording.registry,"versions_in")
    T=[];O=[];C=[];O1=[]
    at=db.clock.now()
    for day in range(60):
        db.clock.advance(timedelta(days=1))
        n=230
        with D.tx(tenant) as tx:
            Xn=rng.normal(size=(n,K))
            rows=features.materialize(tx,fs,Entities([f"d{day}-{i}" for i in range(n)],[tx.now()]*n,{name:Xn[:,i] for i,name in enumerate(names)}))
            t=time.perf_counter(); b=service.predict_many(tx,model,rows); T.append((time.perf_counter()-t)*1e3)
            t=time.perf_counter()
        C.append((time.perf_counter()-t)*1e3)
        with D.tx(tenant) as tx:
            t=time.perf_counter(); r=service.write_outcomes(tx,model,entity_ids=rows.entity_ids,values=rng.integers(0,2,n),happened_at=[tx.now()]*n,known_at=[tx.now()]*n); O.append((time.perf_counter()-t)*1e3)
            assert r.new==2*n
            t=time.perf_counter(); r=fb.resolve_many(tx,model,entity_ids=rows.entity_ids,values=[0]*n,on_error="take_good"); O1.append((time.perf_counter()-t)*1e3)
        if day==30:
            with db.database("owner").tx(None) as tx: tx.execute("ANALYZE")
    print("predict_many ms median", np.median(T), "p90", np.percentile(T,90), "last10", np.median(T[-10:]), "commit", np.median(C))
    print("write_outcomes", np.median(O), np.percentile(O,90), np.median(O[-10:]), "again", np.median(O1[-10:]))
    for k,v in spent.items(): print(k, "x",len(v)/60, "per call", round(np.median(v),2), "per batch", round(sum(v)/60,2))
    # single prediction
    with D.tx(tenant) as tx:
        S=[]
        for i in range(30):
            t=time.perf_counter(); p=service.predict(tx,"m",entity_id=f"s{i}",features={n:0.1 for n in names}); S.append((time.perf_counter()-t)*1e3)
        print("predict one", np.median(S))
        G=[]
        for i in range(30):
            t=time.perf_counter(); service.get(tx,p.id); G.append((time.perf_counter()-t)*1e3)
        print("get", np.median(G))
        L=[]
        for i in range(20):
            t=time.perf_counter(); service.list_predictions(tx,model_id=model.id,closed=True); L.append((time.perf_counter()-t)*1e3)
        print("list", np.median(L))
        pr=cProfile.Profile(); pr.enable(); 
        for i in range(5): service.predict_many(tx,model,rows)
        pr.disable(); pstats.Stats(pr).sort_stats("cumulative").print_stats(30)
    from sqlalchemy import text
    with D.tx(tenant) as tx:
        def explain(sql, given):
            print("-----"); print("\n".join(r[0] for r in tx.execute("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF) "+sql, given)))
        explain(service.reading._ONE if hasattr(service,'reading') else __import__("everlearn.modules.predictions.service.reading",fromlist=["x"])._ONE, {"id": b.ids[0]})
        from everlearn.core.ids import uuid7_floor
        now=tx.now()
        explain(closing._CLOSE_BY_ENTITY, dict(entity=list(rows.entity_ids),actual=[0.0]*n,happened=[now]*n,known=[now]*n,model=model.id,low=uuid7_floor(now-timedelta(days=40)),high=uuid7_floor(now+timedelta(days=1)),binary=True,eps=1e-6))
        import everlearn.modules.predictions.service.reading as R
        explain(R._PAGE, dict(model=model.id,role="live",entity=None,closed=True,before=None,limit=51))
